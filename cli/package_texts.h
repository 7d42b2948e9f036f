// The packages' descriptions as texts to be searched, and what is shown of a package that was found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/package_records.h"
#include "vectordb/point/payload.h"
#include "vectordb/point/point_id.h"

namespace ringback::cli {

// A text that becomes a point.
struct TextRecord {
  vectordb::PointId id;
  std::string text;
  vectordb::Payload payload;
};

// Made of a package's name, so that it stays when other packages come and go: a number below 2^52, which
// JavaScript reads exactly.
vectordb::PointId package_id(std::string_view name);

// "adduser: add and remove users and groups ..."; the payload has name, description (its first line),
// section, version and homepage, as far as they are known.
TextRecord text_of_package(const std::string& name, std::string_view record);

// In the order of the names.
std::vector<TextRecord> texts_of_packages(const PackageRecords& records);

}  // namespace ringback::cli
