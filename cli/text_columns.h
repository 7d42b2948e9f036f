// Text for a terminal: how many columns it takes, cut or broken to fit.
//
// Columns are those of most terminals: two for Chinese, Japanese, Korean and emoji, none for a mark that
// goes on the character before it, one for all else. Text is UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringback::cli {

// What help, tables and messages are written for.
inline constexpr std::size_t kLineColumns = 80;

std::size_t columns_of(std::string_view text);

// The text where it fits; else its beginning and "...", which fits. In as few as three columns it is dots.
std::string cut_to(std::string_view text, std::size_t columns);

// The words of `text` on lines of at most `columns`, each line but the first indented by `indent` spaces,
// which the caller has written before the first. A newline in the text stays one; a longer word than a
// line stands alone.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns = kLineColumns);

}  // namespace ringback::cli
