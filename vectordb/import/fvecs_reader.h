// .fvecs: vectors as they lie in memory, each after its dimension; the form of many public data sets.
//
// A record is the dimension, as a 32-bit whole number, and as many 32-bit floats, all little-endian.
// There are no ids: they are `first_id`, `first_id` + 1, ... by their place in the file, so that a file
// loaded again replaces itself. Source: corpus-texmex.irisa.fr.
#pragma once

#include "vectordb/import/record_reader.h"

namespace vectordb {

struct FvecsOptions {
  std::size_t dimension = 0;  // of the collection; another one is a bad record
  std::uint64_t first_id = 0;
};

class FvecsReader final : public RecordReader {
 public:
  explicit FvecsReader(FvecsOptions options) noexcept : options_(options) {}

  void feed(std::string_view bytes, std::vector<Record>& into) override;
  void finish(std::vector<Record>& into) override;
  // A dimension below 1 or above 1,000,000 is taken for a file of another form.
  bool is_broken() const noexcept override { return is_broken_; }

 private:
  bool read_one(std::vector<Record>& into);

  FvecsOptions options_;
  std::string waiting_;  // of a record that has not come wholly
  std::size_t begin_ = 0;
  std::uint64_t number_ = 0;
  bool is_broken_ = false;
};

}  // namespace vectordb
