// Answers taken apart. Fields that are not known here are passed over: a newer server has more.
// Errors: what JsonReader says of an answer that is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vectordb/collection/collection.h"
#include "vectordb/json/json_reader.h"

namespace vectordb::internal {

// Of {"result": ..., "status": "ok"}: `read` is called with the result at hand. Refused where there is none.
template <typename Read>
void read_result(std::string_view answer, Read&& read) {
  JsonReader in(answer);
  bool is_there = false;
  in.object([&](std::string_view key) {
    if (key != "result") return;
    read(in);
    is_there = true;
  });
  in.end();
  if (!is_there) in.refuse("there is no `result`");
}

// Of {"status": {"error": "..."}}; empty where the text is something else.
std::string error_in(std::string_view answer);

std::vector<Point> points_in(JsonReader& in);
ScrollPage page_in(JsonReader& in);
// {"points": [...]}
std::vector<Hit> hits_in(JsonReader& in);
// [{"points": [...]}, ...]
std::vector<std::vector<Hit>> all_hits_in(JsonReader& in);
Written written_in(JsonReader& in);
std::vector<std::string> names_in(JsonReader& in);
std::size_t count_in(JsonReader& in);
CollectionInfo info_in(JsonReader& in);
bool exists_in(JsonReader& in);
// "title version", of a whole answer.
std::string name_in(std::string_view answer);

}  // namespace vectordb::internal
