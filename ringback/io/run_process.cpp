#include "ringback/io/run_process.h"

#include "ringback/async/gather.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/io/internal/real_time.h"
#include "ringback/io/line_reader.h"

namespace ringback {
namespace {

// Beyond the grace: for the kernel to end what was killed.
constexpr Duration kKillLimit = std::chrono::seconds(5);

Task<> feed(PipeEnd& input, std::string_view text) {
  auto written = co_await outcome(input.write(text));
  input.close();
  const Error* const error = written.failure().error();
  if (!written.ok() && (error == nullptr || error->kind() != ErrorKind::reset)) written.value();
}

Task<> stop_if_it_runs(std::shared_ptr<Process> process, Duration grace) {
  if (process->try_wait().has_value()) co_return;
  co_await process->stop(grace);
}

}  // namespace

Task<ProcessOutput> run_process(std::vector<std::string> command, RunProcessOptions options) {
  const auto pipe = StandardStream::pipe();
  ProcessOptions how{.input = pipe, .output = pipe, .error = pipe};
  how.environment = std::move(options.environment);
  how.folder = std::move(options.folder);
  const auto process = std::make_shared<Process>(std::move(command), std::move(how));
  const Duration limit = options.grace < Duration::max() - kKillLimit ? options.grace + kKillLimit : options.grace;
  co_await on_exit(stop_if_it_runs(process, options.grace), internal::on_real_time(limit));
  auto said =
      co_await gather(feed(process->input(), options.input), read_all(process->output(), options.output_bytes_max),
                      read_all(process->error(), options.output_bytes_max));
  const ProcessEnd end = co_await process->wait();
  co_return ProcessOutput{end, std::get<1>(std::move(said)), std::get<2>(std::move(said))};
}

}  // namespace ringback
