#include "cli/program.h"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <utility>

#include "cli/bash_completion.h"
#include "cli/man_page.h"
#include "cli/text_columns.h"
#include "ringback/base/error.h"
#include "ringback/base/version.h"

namespace ringback::cli {

Program::Program(std::string name, std::string about) : name_(std::move(name)), about_(std::move(about)) {}

void Program::command(std::string name, std::string summary, Run run, Describe describe) {
  commands_.push_back({std::move(name), std::move(summary), std::move(run), std::move(describe)});
}

void Program::hidden_command(std::string name, Run run) {
  commands_.push_back({std::move(name), "", std::move(run), {}});
}

std::vector<Program::Command> Program::commands() const {
  std::vector<Command> typed;
  for (const Command& command : commands_) {
    if (!command.summary.empty()) typed.push_back(command);
  }
  return typed;
}

int Program::run(const std::vector<std::string>& words) const {
  try {
    const int code = dispatch(words);
    std::cout.flush();
    if (!std::cout) throw Error(ErrorKind::io, "write", "not all of the output could be written");
    return code;
  } catch (const UsageError& error) {
    std::cerr << name_ << ": " << error.what() << "\n"
              << "see " << name_ << " --help and " << name_ << " <command> --help\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << name_ << ": " << error.what() << "\n";
    return 1;
  }
}

int Program::dispatch(const std::vector<std::string>& words) const {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    std::cout << help();
    return words.empty() ? 2 : 0;
  }
  if (words[0] == "--version") {
    std::cout << name_ << " " << kVersion << "\n";
    return 0;
  }
  if (words[0] == "--man-page") {
    std::cout << man_page(*this);
    return 0;
  }
  if (words[0] == "--bash-completion") {
    std::cout << bash_completion(*this);
    return 0;
  }
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  return find(words[0]).run(rest, std::cout, std::cerr);
}

const Program::Command& Program::find(std::string_view name) const {
  std::vector<std::string> typed_names{"--help", "--version"};
  for (const Command& command : commands_) {
    if (command.name == name) return command;
    if (!command.summary.empty()) typed_names.push_back(command.name);
  }
  std::string message = "there is no command '" + std::string(name) + "'";
  if (const std::string near = nearest(name, typed_names); !near.empty()) message += "; did you mean " + near + "?";
  throw UsageError(message);
}

std::string Program::help() const {
  std::size_t width = 0;
  for (const Command& command : commands_) {
    if (!command.summary.empty()) width = std::max(width, command.name.size());
  }
  std::ostringstream text;
  text << wrapped(about_, 0) << "\n\nusage: " << name_ << " <command> [options]\n\n";
  for (const Command& command : commands_) {
    if (command.summary.empty()) continue;
    text << "  " << command.name << std::string(width - command.name.size() + 3, ' ')
         << wrapped(command.summary, width + 5) << "\n";
  }
  text << "\n" << name_ << " <command> --help explains a command.\n" << name_ << " --version prints the version.\n";
  return text.str();
}

}  // namespace ringback::cli
