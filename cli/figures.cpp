#include "cli/figures.h"

#include <array>
#include <cstdio>
#include <span>

namespace ringback::cli {
namespace {

struct Unit {
  double length;
  const char* name;
};

// In the first of `units`, longest first, that it fills; else in the last. Three digits.
std::string in_unit(double length, std::span<const Unit> units) {
  Unit unit = units.back();
  for (const Unit& candidate : units) {
    if (length >= candidate.length * 0.9995) {
      unit = candidate;
      break;
    }
  }
  const double value = length / unit.length;
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%.*f %s", value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, unit.name);
  return text.data();
}

}  // namespace

std::string in_words(double nanoseconds) {
  constexpr std::array<Unit, 4> kUnits{{{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}}};
  return in_unit(nanoseconds, kUnits);
}

std::string in_human_time(double seconds) {
  constexpr double kDay = 24 * 60 * 60;
  constexpr std::array<Unit, 5> kUnits{
      {{365.25 * kDay, "years"}, {kDay, "days"}, {60 * 60, "hours"}, {60, "min"}, {1, "s"}}};
  return in_unit(seconds, kUnits);
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

}  // namespace ringback::cli
