#include "cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <sstream>
#include <utility>

#include "cli/text_columns.h"

namespace ringback::cli {
namespace {

// Levenshtein's distance: letters to change, add or drop.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

void take(const Arguments::Take& take, const std::string& name, const std::string& value) {
  try {
    take(value);
  } catch (const UsageError& error) {
    throw UsageError(name + ": '" + value + "' " + error.what());
  }
}

}  // namespace

Arguments::Arguments(std::string command, std::string about, std::string after)
    : command_(std::move(command)), about_(std::move(about)), after_(std::move(after)) {}

void Arguments::option(std::string name, std::string value_name, std::string help, Take take,
                       std::vector<std::string> values) {
  options_.push_back({std::move(name), std::move(value_name), std::move(help), std::move(take), std::move(values)});
}

void Arguments::flag(std::string name, std::string help, bool& is_set) {
  options_.push_back({std::move(name), "", std::move(help), [&is_set](std::string_view) { is_set = true; }, {}});
}

void Arguments::operand(std::string name, std::string help, Take take, std::vector<std::string> values) {
  operand_ = {std::move(name), "", std::move(help), std::move(take), std::move(values)};
}

bool Arguments::parse(const std::vector<std::string>& words) const {
  bool has_operand = false;
  bool may_be_option = true;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (may_be_option && (word == "--help" || word == "-h")) return false;
    if (may_be_option && word == "--") {
      may_be_option = false;
    } else if (may_be_option && word.starts_with("-")) {
      at = take_option(words, at);
    } else if (operand_.name.empty()) {
      throw UsageError(command_ + " takes only options, not '" + word + "'");
    } else if (std::exchange(has_operand, true)) {
      throw UsageError(command_ + " takes one " + operand_.name + ": '" + word +
                       "' is one too many; in quotes several words are one");
    } else {
      take(operand_.take, operand_.name, word);
    }
  }
  if (!operand_.name.empty() && !has_operand) {
    throw UsageError(command_ + " needs a " + operand_.name + ": " + operand_.help);
  }
  return true;
}

// Takes the option at `at`, and gives where its value is.
std::size_t Arguments::take_option(const std::vector<std::string>& words, std::size_t at) const {
  const std::string& word = words[at];
  const std::size_t equals = word.find('=');
  const Option& option = find(word.substr(0, equals));
  std::string value;
  if (option.value_name.empty()) {
    if (equals != std::string::npos) throw UsageError(option.name + " takes no value");
  } else if (equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else if (++at < words.size()) {
    value = words[at];
  } else {
    throw UsageError(option.name + " needs a value: " + option.name + " " + option.value_name);
  }
  take(option.take, option.name, value);
  return at;
}

const Arguments::Option& Arguments::find(std::string_view name) const {
  std::vector<std::string> known{"--help"};
  for (const Option& option : options_) {
    if (option.name == name) return option;
    known.push_back(option.name);
  }
  std::string message = command_ + " has no option '" + std::string(name) + "'";
  if (const std::string near = nearest(name, known); !near.empty()) message += "; did you mean " + near + "?";
  throw UsageError(message);
}

std::string Arguments::help() const {
  std::vector<std::string> left{"--help"};
  for (const Option& option : options_)
    left.push_back(option.name + (option.value_name.empty() ? "" : " ") + option.value_name);
  if (!operand_.name.empty()) left.push_back(operand_.name);
  std::size_t width = 0;
  for (const std::string& text : left) width = std::max(width, text.size());

  std::ostringstream text;
  text << wrapped(about_, 0) << "\n\nusage: " << command_ << (operand_.name.empty() ? "" : " " + operand_.name)
       << " [options]\n\n";
  const auto line = [&](const std::string& name, const std::string& help) {
    text << "  " << name << std::string(width - name.size() + 3, ' ') << wrapped(help, width + 5) << "\n";
  };
  if (!operand_.name.empty()) line(operand_.name, operand_.help);
  for (std::size_t index = 0; index < options_.size(); ++index) line(left[index + 1], options_[index].help);
  line("--help", "this");
  if (!after_.empty()) text << "\n" << after_ << "\n";
  return text.str();
}

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = 4;  // Further away it is another word.
  for (const std::string& word : known) {
    const std::size_t far = distance(typed, word);
    if (far < least && far * 2 <= word.size()) {
      least = far;
      best = word;
    }
  }
  return best;
}

std::uint64_t parse_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    throw UsageError("is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

Duration parse_duration(std::string_view text, Duration most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const double factor = unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
  if (error != std::errc() || value < 0 || factor == 0) {
    throw UsageError("is not a length of time: write it with its unit, as 50ms, 0.5s or 200us");
  }
  if (value * factor > static_cast<double>(most.count())) {
    throw UsageError("is too long: at most " + std::to_string(most.count() / 1'000'000) + "ms");
  }
  return Duration(static_cast<Duration::rep>(value * factor));
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, ',');) {
    if (part.empty()) throw UsageError("has an empty part: write a,b,c");
    parts.push_back(part);
  }
  if (parts.empty() || text.ends_with(',')) throw UsageError("has an empty part: write a,b,c");
  return parts;
}

}  // namespace ringback::cli
