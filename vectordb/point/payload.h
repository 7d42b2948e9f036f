// What a point carries besides its vector: a JSON object, kept as its text.
//
// Immutable; copies share the text, so a hit with its payload costs no copy of it. Threads: reading is
// safe from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace vectordb {

class Payload {
 public:
  // Nothing: as "{}".
  Payload() noexcept = default;

  // Checked, and kept without white space. Errors: invalid, with the place, for what is no JSON object.
  static Payload parse(std::string_view json);
  // For text that is known to be a JSON object: what has been checked, or was written by a JSON writer.
  static Payload trusted(std::string json);

  bool is_empty() const noexcept { return json_ == nullptr; }
  // "{}" where it is empty.
  const std::string& json() const noexcept;

  friend bool operator==(const Payload& a, const Payload& b) noexcept { return a.json() == b.json(); }

 private:
  std::shared_ptr<const std::string> json_;
};

}  // namespace vectordb
