// An empty folder of a test's own, gone with all that is in it when the test ends.
//
//   TemporaryFolder folder;
//   File file = co_await File::open(folder.file("items"), {.write = true, .create = true});
#pragma once

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "ringback/base/error.h"

namespace ringback::testing {

// Below the system's folder for such things (TMPDIR). Threads: reading is safe from any.
class TemporaryFolder {
 public:
  // Errors: what the system says.
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "ringback-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error::from_os(errno, "make folder", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path() const { return path_.string(); }
  // Where `name` is in it, or will be.
  std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace ringback::testing
