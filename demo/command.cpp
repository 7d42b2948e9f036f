#include "demo/command.h"

#include <iostream>

#include "demo/compare.h"
#include "demo/measure.h"
#include "demo/package_service.h"
#include "demo/tour.h"

namespace ringback::demo {

cli::Program demo_program() {
  cli::Program program("ringback-demo",
                       "Ringback: asynchronous C++ for programs that wait. This program shows what that means.");
  program.command(
      "tour", "eight small programs, synchronous and asynchronous (6 s)",
      [](const auto& words, auto& out, auto&) { return tour_command(words, out); }, tour_arguments);
  program.command("compare", "the same job in the three models, measured (20 s)", compare_command, compare_arguments);
  // The processes of compare.
  program.hidden_command("serve-packages",
                         [](const auto& words, auto& out, auto&) { return serve_packages_command(words, out); });
  program.hidden_command("measure", [](const auto&, auto& out, auto&) { return measure_command(std::cin, out); });
  return program;
}

}  // namespace ringback::demo
