// Places in a text, as people count them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vectordb::internal {

// "line 3 column 14", both from one; columns are bytes.
std::string describe_place(std::string_view text, std::size_t offset);

// For a text that is not UTF-8, has a control character in a string or ends inside one: the first byte
// of what is wrong.
std::size_t place_of_bad_text(std::string_view text);

}  // namespace vectordb::internal
