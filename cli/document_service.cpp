#include "cli/document_service.h"

#include <charconv>
#include <ostream>
#include <sstream>

#include "cli/arguments.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/io/line_reader.h"

namespace ringback::cli {
namespace {

struct Question {
  std::string_view name;
  Duration latency{};
};

// Nothing where the line is not a question.
std::optional<Question> parse_question(std::string_view line) {
  const std::size_t blank = line.find(' ');
  Question question{line.substr(0, blank)};
  if (question.name.empty()) return {};
  if (blank == std::string_view::npos) return question;
  const std::string_view number = line.substr(blank + 1);
  Duration::rep nanoseconds = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), nanoseconds);
  if (error != std::errc() || end != number.data() + number.size() || nanoseconds < 0) return {};
  question.latency = Duration(nanoseconds);
  return question;
}

std::string answer(const PackageRecords& records, std::string_view name) {
  const std::string* record = records.find(name);
  if (record == nullptr) return "absent\n";
  return "found " + std::to_string(record->size()) + "\n" + *record;
}

// The end of a connection, however it came, is no concern of the others.
Task<> serve_to_its_end(TcpStream stream, const PackageRecords& records) {
  TcpStream connection = std::move(stream);
  connection.set_no_delay(true);
  const Outcome<void> ended = co_await outcome(serve_connection(connection, records));
  static_cast<void>(ended);
}

[[noreturn]] void serve_one_at_a_time(TcpListener listener, const PackageRecords& records) {
  while (true) wait(serve_to_its_end(wait(listener.accept()), records));
}

}  // namespace

Task<> serve_connection(ByteStream& stream, const PackageRecords& records) {
  LineReader lines(stream, {.line_bytes_max = 1024});
  std::optional<std::string> line;
  while (true) {
    line = co_await lines.next();
    if (!line.has_value()) break;
    const std::optional<Question> question = parse_question(*line);
    std::string reply = "error ask one line: a name, and after a blank how many nanoseconds later\n";
    if (question.has_value()) {
      if (question->latency > Duration::zero()) co_await sleep(question->latency);
      reply = answer(records, question->name);
    }
    co_await stream.write(reply);
  }
}

Task<> serve_all(TcpListener listener, const PackageRecords& records) {
  const auto accept_all = [](Scope& scope, TcpListener& listener, const PackageRecords& records) -> Task<> {
    while (true) {
      TcpStream stream = co_await listener.accept();
      scope.spawn(serve_to_its_end(std::move(stream), records));
    }
  };
  const auto body = [&](Scope& scope) { return accept_all(scope, listener, records); };
  co_await with_scope(body);
}

int serve_documents_command(const std::vector<std::string>& words, std::ostream& out) {
  bool one_at_a_time = false;
  std::vector<std::filesystem::path> files = package_record_files();
  Arguments arguments("ringback serve-documents", "Answers for package records on loopback; for compare.");
  arguments.flag("--one-at-a-time", "as a blocking server would", one_at_a_time);
  arguments.option("--records", "FILE", "another file of records",
                   [&](std::string_view value) { files = {std::filesystem::path(value)}; });
  if (!arguments.parse(words)) {
    out << arguments.help();
    return 0;
  }
  const PackageRecords records = PackageRecords::load(files);
  TcpListener listener(Address::loopback(0));
  out << "port " << listener.port() << std::endl;
  if (one_at_a_time) serve_one_at_a_time(std::move(listener), records);
  run(serve_all(std::move(listener), records));
  return 0;
}

}  // namespace ringback::cli
