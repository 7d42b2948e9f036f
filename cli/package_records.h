// The records of the Debian packages that this machine knows: the documents that compare looks up.
//
// The format is that of deb822(5): paragraphs of "Field: value" lines, parted by blank lines; a line
// that begins with a space goes on with the field above. Threads: none of its own; like a map.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::cli {

class PackageRecords {
 public:
  // Keeps every well-formed paragraph that has a package's name, verbatim; of several with the same
  // name (versions, architectures) the first.
  static PackageRecords parse(std::string_view text);

  // Every one of `files`, in order. Errors: Error not_found, denied or io for one that cannot be read.
  static PackageRecords load(const std::vector<std::filesystem::path>& files);

  // The whole paragraph, with a newline at its end; null where there is none of that name.
  const std::string* find(std::string_view name) const;

  std::size_t size() const noexcept { return by_name_.size(); }
  // Each with its name, in the order of the names.
  const std::map<std::string, std::string, std::less<>>& by_name() const noexcept { return by_name_; }

  // Paragraphs that were not records: no name, a name that cannot be one, lines that are no fields.
  std::size_t rejected() const noexcept { return rejected_; }

  // `count` names spread evenly over all, the same in every run; some twice where there are fewer.
  std::vector<std::string> spread(std::size_t count) const;

 private:
  void add_paragraph(std::string_view paragraph);

  std::map<std::string, std::string, std::less<>> by_name_;
  std::size_t rejected_ = 0;
};

// The value of a record's field, with the lines that go on with it; a line of a single dot is an empty
// one. Empty where there is no such field.
std::string field_of(std::string_view record, std::string_view name);

// Where such records are on this machine: apt's lists, compressed or not, else dpkg's status. Empty
// where there are none.
std::vector<std::filesystem::path> package_record_files();

}  // namespace ringback::cli
