#include "demo/comparison.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace ringback::demo {

bool Comparison::all_identical() const {
  return std::all_of(scenarios.begin(), scenarios.end(), [](const Scenario& scenario) {
    return std::all_of(scenario.rows.begin(), scenario.rows.end(),
                       [&](const Row& row) { return scenario.is_identical(row); });
  });
}

std::string in_percent(double share) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), share < 0.0995 ? "%.1f %%" : "%.0f %%", share * 100);
  return text.data();
}

std::string in_mebibytes(std::uint64_t bytes) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
  return text.data();
}

}  // namespace ringback::demo
