#include "cli/package_records.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>

#include "cli/compressed_file.h"
#include "ringback/base/error.h"

namespace ringback::cli {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

// Debian Policy 5.6.1: lower case letters, digits, + - . ; we ask for no more than that.
bool may_be_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string_view::npos;
}

// Printable ASCII without the colon, and no # at the start.
bool may_be_field_name(std::string_view name) {
  return !name.empty() && name.front() != '#' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127; });
}

// Gives the next line without its newline, and moves `text` behind it.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// The value of the field Package, or nothing where this is not a record.
std::optional<std::string> package_name(std::string_view paragraph) {
  std::optional<std::string> name;
  bool in_field = false;
  while (!paragraph.empty()) {
    const std::string_view line = next_line(paragraph);
    if (line.find('\0') != std::string_view::npos) return {};
    if (line.front() == ' ' || line.front() == '\t') {
      if (!in_field) return {};
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !may_be_field_name(line.substr(0, colon))) return {};
    in_field = true;
    if (line.substr(0, colon) != "Package") continue;
    if (name.has_value()) return {};  // Which of two would be it?
    name = trimmed(line.substr(colon + 1));
  }
  if (!name.has_value() || !may_be_name(*name)) return {};
  return name;
}

std::string read_whole(const std::filesystem::path& file) {
  if (is_compressed(file)) return read_compressed(file);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream.is_open() || !(text << stream.rdbuf())) {
    throw Error::from_os(errno == 0 ? EIO : errno, "read package records", file.string());
  }
  return std::move(text).str();
}

// "Packages", as the name of one of apt's lists ends, compressed or not.
bool is_package_list(const std::filesystem::path& file) {
  const std::filesystem::path name = is_compressed(file) ? file.stem() : file.filename();
  return name.string().ends_with("_Packages");
}

}  // namespace

std::string field_of(std::string_view record, std::string_view name) {
  std::string value;
  bool is_in_it = false;
  while (!record.empty()) {
    const std::string_view line = next_line(record);
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t');
    if (!goes_on && is_in_it) break;
    if (!goes_on) {
      is_in_it = line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':';
      if (is_in_it) value = trimmed(line.substr(name.size() + 1));
    } else if (is_in_it) {
      const std::string_view more = trimmed(line);
      value += '\n';
      if (more != ".") value += more;
    }
  }
  return value;
}

PackageRecords PackageRecords::parse(std::string_view text) {
  PackageRecords records;
  while (!text.empty()) {
    const std::string_view rest = text;
    std::size_t bytes = 0;
    while (!text.empty()) {
      const std::string_view line = next_line(text);
      if (is_blank(line)) break;
      bytes = static_cast<std::size_t>(line.data() + line.size() - rest.data());
    }
    if (bytes != 0) records.add_paragraph(rest.substr(0, bytes));
  }
  return records;
}

void PackageRecords::add_paragraph(std::string_view paragraph) {
  const std::optional<std::string> name = package_name(paragraph);
  if (!name.has_value()) {
    ++rejected_;
    return;
  }
  by_name_.try_emplace(*name, std::string(paragraph) + "\n");
}

PackageRecords PackageRecords::load(const std::vector<std::filesystem::path>& files) {
  PackageRecords all;
  for (const std::filesystem::path& file : files) {
    PackageRecords records = parse(read_whole(file));
    all.by_name_.merge(records.by_name_);
    all.rejected_ += records.rejected_;
  }
  return all;
}

const std::string* PackageRecords::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

std::vector<std::string> PackageRecords::spread(std::size_t count) const {
  std::vector<std::string> names;
  if (by_name_.empty()) return names;
  std::vector<const std::string*> all;
  all.reserve(by_name_.size());
  for (const auto& [name, text] : by_name_) all.push_back(&name);
  for (std::size_t index = 0; index < count; ++index) {
    names.push_back(*all[count <= all.size() ? index * all.size() / count : index % all.size()]);
  }
  return names;
}

std::vector<std::filesystem::path> package_record_files() {
  std::vector<std::filesystem::path> files;
  std::error_code ignored;  // No apt here: the list is empty.
  for (const auto& entry : std::filesystem::directory_iterator("/var/lib/apt/lists", ignored)) {
    if (is_package_list(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty() && std::filesystem::exists("/var/lib/dpkg/status", ignored)) {
    files.emplace_back("/var/lib/dpkg/status");
  }
  return files;
}

}  // namespace ringback::cli
