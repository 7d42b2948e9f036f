#include "demo/plan.h"

#include <sstream>

#include "ringback/base/error.h"

namespace ringback::demo {

std::string_view to_string(Model model) {
  switch (model) {
    case Model::in_line: return "inline";
    case Model::loop: return "Loop";
    case Model::pool: return "Pool";
  }
  return "";
}

std::string Plan::to_text() const {
  std::ostringstream text;
  text << static_cast<int>(model) << " " << static_cast<int>(job) << " " << port << " " << latency.count() << " "
       << slow.count() << " " << work_bytes << " " << sums << " " << texts.size() << "\n";
  for (const std::string& one : texts) text << one << "\n";
  return text.str();
}

Plan Plan::from_text(std::string_view text) {
  Plan plan;
  int model = 0;
  int job = 0;
  Duration::rep latency = 0;
  Duration::rep slow = 0;
  std::size_t texts = 0;
  std::istringstream stream{std::string(text)};
  bool is_whole = static_cast<bool>(stream >> model >> job >> plan.port >> latency >> slow >> plan.work_bytes >>
                                    plan.sums >> texts);
  plan.model = static_cast<Model>(model);
  plan.job = static_cast<Job>(job);
  plan.latency = Duration(latency);
  plan.slow = Duration(slow);
  stream.ignore();  // the end of that line
  for (std::string one; plan.texts.size() < texts && std::getline(stream, one);) plan.texts.push_back(one);
  is_whole = is_whole && plan.texts.size() == texts;
  const bool is_known =
      model >= 0 && model <= static_cast<int>(Model::pool) && job >= 0 && job <= static_cast<int>(Job::response);
  if (!is_known || !is_whole) {
    throw Error(ErrorKind::invalid, "measure", "standard input holds no plan: `ringback-demo compare` writes one");
  }
  return plan;
}

}  // namespace ringback::demo
