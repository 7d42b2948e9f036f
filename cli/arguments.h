// The arguments of one command: declared once, parsed, and explained by --help.
//
// What cannot be understood is a UsageError that says what was wrong and what would be right.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::cli {

// The user typed something that is not understood; what() teaches what would be.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Arguments {
 public:
  // Throws UsageError (of a few words: "is not a number") for a value it cannot take.
  using Take = std::function<void(std::string_view value)>;

  // `command` as typed ("ringback tour"); help() breaks `about` and each option's
  // help into lines that fit 80 columns; `after` stands under the options as it is.
  Arguments(std::string command, std::string about, std::string after = {});

  struct Option {
    std::string name;
    std::string value_name;  // empty: a flag, or the operand
    std::string help;
    Take take;
    std::vector<std::string> values;  // all that it can be, or some that it often is; empty: anything
  };

  // "--calls N" or "--calls=N". `values` are offered by the shell; FILE and DIR as value names offer paths.
  void option(std::string name, std::string value_name, std::string help, Take take,
              std::vector<std::string> values = {});
  // "--json", without a value.
  void flag(std::string name, std::string help, bool& is_set);
  // The one word that is no option, and has to be there: "SOURCE". Words after "--" are no options.
  void operand(std::string name, std::string help, Take take, std::vector<std::string> values = {});

  // False: --help was asked for; print help(). Errors: UsageError.
  bool parse(const std::vector<std::string>& words) const;

  std::string help() const;

  // What was declared, for who describes it elsewhere (man_page.h, bash_completion.h).
  const std::string& command() const noexcept { return command_; }
  const std::string& about() const noexcept { return about_; }
  const std::string& after() const noexcept { return after_; }
  const std::vector<Option>& options() const noexcept { return options_; }
  const Option& operand() const noexcept { return operand_; }  // without a name: none is taken

 private:
  const Option& find(std::string_view name) const;
  std::size_t take_option(const std::vector<std::string>& words, std::size_t at) const;

  const std::string command_;
  const std::string about_;
  const std::string after_;
  std::vector<Option> options_;
  Option operand_;  // without a name: none is taken
};

// The one of `known` that was probably meant, or empty where none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

// Errors: UsageError.
std::uint64_t parse_count(std::string_view text, std::uint64_t least, std::uint64_t most);
// A length of time with its unit: "50ms", "1.5s", "200us". Errors: UsageError.
Duration parse_duration(std::string_view text, Duration most);
// The parts between commas, none of them empty. Errors: UsageError.
std::vector<std::string> parse_list(std::string_view text);

}  // namespace ringback::cli
