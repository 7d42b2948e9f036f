// The bodies of requests, as JSON.
#pragma once

#include <string>
#include <vector>

#include "vectordb/collection/collection.h"

namespace vectordb::internal {

std::string create_form(const CollectionOptions& options);
std::string upsert_form(const std::vector<Point>& points);
std::string remove_form(const std::vector<PointId>& ids);
std::string retrieve_form(const std::vector<PointId>& ids, Select select);
std::string scroll_form(const ScrollOptions& options);
std::string query_form(const Query& query);
std::string query_batch_form(const std::vector<Query>& queries);

}  // namespace vectordb::internal
