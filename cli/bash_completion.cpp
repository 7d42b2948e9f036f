#include "cli/bash_completion.h"

#include <algorithm>

namespace ringback::cli {
namespace {

// `words` are our own: letters, digits and hyphens.
std::string offer(const std::string& words) {
  return "mapfile -t COMPREPLY < <(compgen -W '" + words + "' -- \"$word\")";
}

constexpr const char* kOfferFiles =
    "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool is_path(const std::string& value_name) { return value_name == "FILE" || value_name == "DIR"; }

// What follows an option: its values, a path, or anything, of which nothing is offered.
std::string values_of(const Arguments::Option& option) {
  if (!option.values.empty()) return offer(joined(option.values));
  return is_path(option.value_name) ? kOfferFiles : ":";
}

std::string operand_of(const Arguments::Option& operand) {
  if (operand.values.empty()) return ":";
  // The values, and the files: an operand with values takes a path besides.
  return "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -W '" + joined(operand.values) +
         "' -- \"$word\"; compgen -f -- \"$word\")";
}

std::string case_of(const Program::Command& command) {
  const Arguments arguments = command.describe();
  std::string names = "--help";
  std::string text = "    " + command.name + ")\n      case $before in\n";
  for (const Arguments::Option& option : arguments.options()) {
    names += " " + option.name;
    if (!option.value_name.empty()) text += "        " + option.name + ") " + values_of(option) + "; return ;;\n";
  }
  text += "      esac\n";
  text += "      if [[ $word == -* ]]; then " + offer(names) + "; return; fi\n";
  return text + "      " + operand_of(arguments.operand()) + "\n      ;;\n";
}

}  // namespace

std::string bash_completion(const Program& program) {
  std::string function = "_" + program.name();
  std::replace(function.begin(), function.end(), '-', '_');
  std::vector<std::string> first{"--help", "--version"};
  std::string cases;
  for (const Program::Command& command : program.commands()) {
    first.push_back(command.name);
    cases += case_of(command);
  }
  std::string text =
      "# bash completion for " + program.name() + "; made by: " + program.name() + " --bash-completion\n";
  text += function + "() {\n";
  text += "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n";
  text += "  # --option=value comes as three words.\n";
  text += "  if [[ $word == '=' ]]; then word=\n";
  text += "  elif [[ $before == '=' ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n";
  text += "  COMPREPLY=()\n";
  text += "  if ((COMP_CWORD == 1)); then " + offer(joined(first)) + "; return; fi\n";
  text += "  case ${COMP_WORDS[1]} in\n" + cases + "  esac\n}\n";
  return text + "complete -F " + function + " " + program.name() + "\n";
}

}  // namespace ringback::cli
