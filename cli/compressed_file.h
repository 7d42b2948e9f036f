// Files as apt keeps them: in one of the compressions it knows, told by the end of the name.
//
// What reads them is apt's own helper, which is wherever such files are. Suspension: blocks.
#pragma once

#include <filesystem>
#include <string>

namespace ringback::cli {

// By its name: .lz4 .gz .xz .bz2 .lzma .zst
bool is_compressed(const std::filesystem::path& file);

// The whole file, uncompressed. Errors: Error not_found, denied or io, with the file; io also where the
// helper is missing or said that the file is damaged (of a .gz that was cut off it gives the beginning).
std::string read_compressed(const std::filesystem::path& file);

}  // namespace ringback::cli
