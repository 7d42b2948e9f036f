#include "cli/man_page.h"

#include <string_view>

#include "ringback/base/version.h"

namespace ringback::cli {
namespace {

// So that roff takes it for text: a backslash and a hyphen are commands, and so is a line that begins with
// a dot or an apostrophe.
std::string in_roff(std::string_view text) {
  std::string escaped;
  bool is_line_start = true;
  for (const char c : text) {
    if (is_line_start && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
    is_line_start = c == '\n';
  }
  return escaped;
}

std::string in_capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string item(const std::string& name, const std::string& value_name, const std::string& help) {
  std::string text = ".TP\n\\fB" + in_roff(name) + "\\fR";
  if (!value_name.empty()) text += " \\fI" + in_roff(value_name) + "\\fR";
  return text + "\n" + in_roff(help) + "\n";
}

std::string section_of(const Arguments& arguments) {
  const Arguments::Option& operand = arguments.operand();
  std::string usage = arguments.command();
  if (!operand.name.empty()) usage += " " + operand.name;
  std::string text = ".SS " + in_roff(usage) + " [options]\n" + in_roff(arguments.about()) + "\n";
  if (!operand.name.empty()) text += item(operand.name, "", operand.help);
  for (const Arguments::Option& option : arguments.options()) text += item(option.name, option.value_name, option.help);
  // The manual's own width is smaller, and its lines are as they were written.
  if (!arguments.after().empty()) text += ".PP\n.nf\n" + in_roff(arguments.after()) + "\n.fi\n";
  return text;
}

}  // namespace

std::string man_page(const Program& program) {
  const std::string& name = program.name();
  std::string text = ".TH " + in_capitals(in_roff(name)) + " 1 \"\" \"" + name + " " + std::string(kVersion) + "\"\n";
  text += ".SH NAME\n" + in_roff(name) + " \\- " + in_roff(program.about()) + "\n";
  text += ".SH SYNOPSIS\n";
  for (const Program::Command& command : program.commands()) {
    const Arguments arguments = command.describe();
    const std::string operand = arguments.operand().name.empty() ? "" : " \\fI" + arguments.operand().name + "\\fR";
    text += "\\fB" + in_roff(name + " " + command.name) + "\\fR" + operand + " [options]\n.br\n";
  }
  text += ".SH COMMANDS\n";
  for (const Program::Command& command : program.commands()) text += section_of(command.describe());
  text += ".SH OPTIONS\n" + item("--help", "", "Lists the commands; behind a command, its options.") +
          item("--version", "", "Prints the version.");
  text += ".SH EXIT STATUS\n" + item("0", "", "Done.") + item("1", "", "Failed; standard error says why.") +
          item("2", "", "What was typed is not understood; standard error says what would be.");
  return text;
}

}  // namespace ringback::cli
