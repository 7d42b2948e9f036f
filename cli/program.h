// A program of several commands: `ringback load debian`. It picks the command that was typed, and turns
// an error into one sentence on standard error and an exit code.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"

namespace ringback::cli {

class Program {
 public:
  // A command gets the words after its own name, standard output and standard error; gives the exit code.
  using Run = std::function<int(const std::vector<std::string>& words, std::ostream& out, std::ostream& errors)>;

  // Gives what the command takes; it is read and never parsed.
  using Describe = std::function<Arguments()>;

  struct Command {
    std::string name;
    std::string summary;  // empty: hidden
    Run run;
    Describe describe;  // none: hidden
  };

  // `about` is one or two lines; `name` is what the user types.
  Program(std::string name, std::string about);

  // `summary` is a line of the program's --help.
  void command(std::string name, std::string summary, Run run, Describe describe);
  // Not for typing: a process of our own that another command starts. No help lists it.
  void hidden_command(std::string name, Run run);

  // Gives the process's exit code: 0 done, 1 failed, 2 not understood. Besides the commands it knows --help,
  // --version, and for the build --man-page and --bash-completion.
  int run(const std::vector<std::string>& words) const;

  std::string help() const;

  const std::string& name() const noexcept { return name_; }
  const std::string& about() const noexcept { return about_; }
  // Those that can be typed.
  std::vector<Command> commands() const;

 private:
  const Command& find(std::string_view name) const;
  int dispatch(const std::vector<std::string>& words) const;

  const std::string name_;
  const std::string about_;
  std::vector<Command> commands_;
};

}  // namespace ringback::cli
