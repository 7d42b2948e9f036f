#include "ringback/trace/internal/symbols.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace ringback::trace::internal {
namespace {

using Header = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Entry = ElfW(Sym);

// A file in memory; nothing where it cannot be read.
class Mapped {
 public:
  explicit Mapped(const char* path) noexcept {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat about = {};
    if (::fstat(fd, &about) == 0 && about.st_size > 0) {
      size_ = static_cast<std::size_t>(about.st_size);
      void* const memory = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (memory != MAP_FAILED) bytes_ = static_cast<const char*>(memory);
    }
    ::close(fd);
  }
  ~Mapped() {
    if (bytes_ != nullptr) ::munmap(const_cast<char*>(bytes_), size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  // `count` of T at `offset`; null where the file is too short for them.
  template <typename T>
  const T* at(std::uint64_t offset, std::uint64_t count = 1) const noexcept {
    if (bytes_ == nullptr || offset > size_ || count > (size_ - offset) / sizeof(T)) return nullptr;
    return reinterpret_cast<const T*>(bytes_ + offset);
  }

 private:
  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

// The name of the function at `offset` in the table; null where it has none.
const char* find_in(const Mapped& file, const Section* sections, std::size_t count, const Section& table,
                    std::uintptr_t offset) noexcept {
  const std::size_t entries = table.sh_size / sizeof(Entry);
  const Entry* const symbols = file.at<Entry>(table.sh_offset, entries);
  if (symbols == nullptr || table.sh_link >= count) return nullptr;
  const Section& names = sections[table.sh_link];
  const char* const text = file.at<char>(names.sh_offset, names.sh_size);
  if (text == nullptr) return nullptr;
  for (std::size_t i = 0; i < entries; ++i) {
    const Entry& symbol = symbols[i];
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    if (offset < symbol.st_value || offset - symbol.st_value >= symbol.st_size) continue;
    const bool ends = symbol.st_name < names.sh_size &&
                      std::memchr(text + symbol.st_name, 0, names.sh_size - symbol.st_name) != nullptr;
    return ends ? text + symbol.st_name : nullptr;
  }
  return nullptr;
}

std::string name_in(const Mapped& file, std::uintptr_t offset) {
  const Header* const header = file.at<Header>(0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
  const Section* const sections = file.at<Section>(header->e_shoff, header->e_shnum);
  if (sections == nullptr) return {};
  for (const std::uint32_t wanted : {std::uint32_t{SHT_SYMTAB}, std::uint32_t{SHT_DYNSYM}}) {
    for (std::size_t i = 0; i < header->e_shnum; ++i) {
      if (sections[i].sh_type != wanted) continue;
      if (const char* name = find_in(file, sections, header->e_shnum, sections[i], offset)) return name;
    }
  }
  return {};
}

// What follows a dot tells which part of a coroutine it is, or which copy of a function: left out.
std::string demangled(const std::string& symbol) {
  const std::string plain = symbol.substr(0, symbol.find('.'));
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(plain.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : plain;
}

// Addresses in a file that is loaded where its addresses say begin at 0, in any other one at its base.
std::uintptr_t offset_in(const Mapped& file, std::uintptr_t address, std::uintptr_t base) noexcept {
  const Header* const header = file.at<Header>(0);
  return header != nullptr && header->e_type == ET_EXEC ? address : address - base;
}

}  // namespace

Symbol symbol_of(std::uintptr_t address) {
  Dl_info info = {};
  if (::dladdr(reinterpret_cast<void*>(address), &info) == 0 || info.dli_fname == nullptr) return {};  // NOLINT
  // The program may have been called by a name that leads nowhere from here.
  const bool is_program = ::access(info.dli_fname, R_OK) != 0;
  const Mapped file(is_program ? "/proc/self/exe" : info.dli_fname);
  Symbol found;
  found.module = info.dli_fname;
  found.offset = offset_in(file, address, reinterpret_cast<std::uintptr_t>(info.dli_fbase));
  const std::string name = name_in(file, found.offset);
  if (!name.empty()) {
    found.function = demangled(name);
  } else if (info.dli_sname != nullptr) {
    found.function = demangled(info.dli_sname);
  }
  return found;
}

}  // namespace ringback::trace::internal
