#include "cli/command.h"

#include <iostream>

#include "cli/arguments.h"
#include "cli/compare.h"
#include "cli/load.h"
#include "cli/measure.h"
#include "cli/package_service.h"
#include "cli/search.h"
#include "cli/serve.h"
#include "cli/tour.h"
#include "ringback/base/error.h"
#include "ringback/base/version.h"

namespace ringback::cli {
namespace {

constexpr const char* kHelp =
    "Ringback: asynchronous C++ for programs that wait. This command shows what that means.\n"
    "\n"
    "usage: ringback <command> [options]\n"
    "\n"
    "  tour      eight small programs, synchronous and asynchronous, with their times   (6 s)\n"
    "  compare   the same job in the three models, measured: table and timeline         (20 s)\n"
    "  serve     the vector database as a server; Qdrant's clients speak to it\n"
    "  load      texts into a collection of a server: the packages this machine knows\n"
    "  search    what is nearest to a text in such a collection\n"
    "\n"
    "ringback <command> --help explains the command, ringback --version says which one this is.\n";

int dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    std::cout << kHelp;
    return words.empty() ? 2 : 0;
  }
  if (words[0] == "--version") {
    std::cout << "ringback " << kVersion << "\n";
    return 0;
  }
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (words[0] == "tour") return tour_command(rest, std::cout);
  if (words[0] == "compare") return compare_command(rest, std::cout, std::cerr);
  if (words[0] == "serve") return serve_command(rest, std::cout);
  if (words[0] == "load") return load_command(rest, std::cout, std::cerr);
  if (words[0] == "search") return search_command(rest, std::cout);
  // Not for typing: the processes of compare.
  if (words[0] == "serve-packages") return serve_packages_command(rest, std::cout);
  if (words[0] == "measure") return measure_command(std::cin, std::cout);
  std::string message = "there is no command '" + words[0] + "'";
  if (const std::string near = nearest(words[0], {"tour", "compare", "serve", "load", "search"}); !near.empty()) {
    message += "; did you mean " + near + "?";
  }
  throw UsageError(message);
}

}  // namespace

int run_command(const std::vector<std::string>& words) {
  try {
    const int code = dispatch(words);
    std::cout.flush();
    if (!std::cout) throw Error(ErrorKind::io, "write", "not all of the output could be written");
    return code;
  } catch (const UsageError& error) {
    std::cerr << "ringback: " << error.what()
              << "\nringback --help lists the commands, ringback <command> --help its options\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "ringback: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace ringback::cli
