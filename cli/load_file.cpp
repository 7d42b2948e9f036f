#include "cli/load_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <optional>

#include "cli/text_model.h"
#include "ringback/async/outcome_of.h"
#include "ringback/io/file.h"
#include "ringback/pipeline/stage.h"
#include "vectordb/import/fvecs_reader.h"
#include "vectordb/import/json_lines_reader.h"
#include "vectordb/json/json_reader.h"

namespace ringback::cli {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
constexpr std::size_t kBadMax = 100;  // whose reasons are kept

using Records = std::vector<vectordb::Record>;

std::ifstream open(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) throw Error::from_os(errno == 0 ? EIO : errno, "load", file.string());
  return stream;
}

FileForm form_of_fvecs(const std::filesystem::path& file) {
  std::ifstream stream = open(file);
  std::array<unsigned char, 4> bytes{};
  if (!stream.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) {
    throw Error(ErrorKind::invalid, "load", "there is no vector in it", 0, file.string());
  }
  const std::uint32_t dimension =
      bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
  return {FileForm::Kind::raw_vectors, dimension};
}

// What a line says of all; nothing where it is no record, or has neither.
std::optional<FileForm> form_of_line(const std::string& line) {
  std::optional<FileForm> form;
  try {
    vectordb::JsonReader in(line);
    in.object([&](std::string_view key) {
      if (key == "vector") {
        std::vector<float> vector;
        in.floats(vector);
        form = FileForm{FileForm::Kind::vectors, vector.size()};
      } else if (key == "text" && !form.has_value()) {
        form = FileForm{FileForm::Kind::texts, vectordb::TextEmbedder::kDimension};
      }
    });
  } catch (const Error&) {
    return {};  // It is told as a bad record when its turn comes.
  }
  return form;
}

FileForm form_of_lines(const std::filesystem::path& file) {
  std::ifstream stream = open(file);
  for (std::string line; std::getline(stream, line);) {
    if (const std::optional<FileForm> form = form_of_line(line); form.has_value()) return *form;
  }
  throw Error(ErrorKind::invalid, "load", "no line of it is an object with a \"text\" or a \"vector\"", 0,
              file.string());
}

// Reads the file once, piece by piece.
template <typename Use>
Task<> for_each_piece(std::string path, vectordb::RecordReader& reader, Use use) {
  File file = co_await File::open(path);
  std::vector<std::byte> piece(kPieceBytes);
  bool has_ended = false;
  while (!has_ended && !reader.is_broken()) {
    const std::size_t bytes = co_await file.read(std::span(piece));
    has_ended = bytes == 0;
    Records records;
    if (has_ended) {
      reader.finish(records);
    } else {
      reader.feed({reinterpret_cast<const char*>(piece.data()), bytes}, records);
    }
    co_await use(std::move(records), bytes);
  }
}

class FileLoad {
 public:
  FileLoad(vectordb::Client& client, LoadOptions options, std::filesystem::path file,
           std::function<void(const vectordb::LoadSummary&)> progress)
      : client_(client), options_(std::move(options)), file_(std::move(file)), progress_(std::move(progress)) {}

  Task<vectordb::LoadSummary> run() {
    const FileForm form = form_of_file(file_);
    summary_.bytes_total = std::filesystem::file_size(file_);
    if (form.kind == FileForm::Kind::texts) co_await count_words();
    co_await make_collection(client_, options_.collection, collection_of(form), options_.recreate);
    const std::unique_ptr<vectordb::RecordReader> reader = reader_of(form);
    co_await for_each_piece(file_.string(), *reader, [this, &reader](Records records, std::size_t bytes) {
      return store_piece(std::move(records), bytes, *reader);
    });
    co_return summary_;
  }

 private:
  vectordb::CollectionOptions collection_of(const FileForm& form) const {
    if (form.kind == FileForm::Kind::texts) return collection_of_texts(embedder_);
    return {.dimension = form.dimension, .distance = options_.distance};
  }

  std::unique_ptr<vectordb::RecordReader> reader_of(const FileForm& form) const {
    if (form.kind == FileForm::Kind::raw_vectors) {
      return std::make_unique<vectordb::FvecsReader>(vectordb::FvecsOptions{.dimension = form.dimension});
    }
    vectordb::JsonLinesOptions options{.dimension = form.dimension};
    if (form.kind == FileForm::Kind::texts) {
      options.embed = [this](std::string_view text) { return embedder_.embed(text); };
    }
    return std::make_unique<vectordb::JsonLinesReader>(std::move(options));
  }

  // The first time through the file: nothing is made of its records.
  Task<> count_words() {
    vectordb::JsonLinesReader reader(
        {.dimension = vectordb::TextEmbedder::kDimension, .embed = [this](std::string_view text) {
           embedder_.count(text);
           return std::vector<float>(vectordb::TextEmbedder::kDimension);
         }});
    co_await for_each_piece(file_.string(), reader, [](Records, std::size_t) -> Task<> { co_return; });
  }

  Task<> store_piece(Records records, std::size_t bytes, const vectordb::RecordReader& reader) {
    std::vector<std::vector<vectordb::Record>> batches;
    for (vectordb::Record& record : records) {
      if (!record.point.has_value()) {
        refuse(record.number, std::move(record.reason));
        continue;
      }
      if (batches.empty() || batches.back().size() == options_.batch) batches.emplace_back();
      batches.back().push_back(std::move(record));
    }
    const auto storing = stage("store", [this](Records batch) { return store_batch(std::move(batch)); });
    co_await storing.batch(std::move(batches),
                           {.observers = options_.observers, .max_concurrency = options_.under_way});
    std::sort(summary_.bad.begin(), summary_.bad.end(),
              [](const vectordb::BadRecord& a, const vectordb::BadRecord& b) { return a.number < b.number; });
    summary_.bytes_read += bytes;
    summary_.is_broken = reader.is_broken();
    progress_(summary_);
  }

  static vectordb::Point point_of(const vectordb::Record& record) {
    const vectordb::NewPoint& point = *record.point;
    return {point.id.value_or(record.number), point.vector, point.payload};
  }

  // Where the server refuses a batch for one of its points, the others are stored one by one.
  Task<> store_batch(Records batch) {
    std::vector<vectordb::Point> points;
    for (const vectordb::Record& record : batch) points.push_back(point_of(record));
    const Outcome<vectordb::Written> ended = co_await outcome(client_.upsert(options_.collection, std::move(points)));
    if (ended.ok()) {
      summary_.stored += batch.size();
      co_return;
    }
    if (!is_refusal(ended)) ended.failure().raise();
    for (std::size_t i = 0; i < batch.size(); ++i) co_await store_one(batch[i]);
  }

  Task<> store_one(const vectordb::Record& record) {
    std::vector<vectordb::Point> points;
    points.push_back(point_of(record));
    const Outcome<vectordb::Written> ended = co_await outcome(client_.upsert(options_.collection, std::move(points)));
    if (ended.ok()) {
      ++summary_.stored;
    } else if (is_refusal(ended)) {
      refuse(record.number, ended.failure().describe());
    } else {
      ended.failure().raise();
    }
  }

  static bool is_refusal(const Outcome<vectordb::Written>& ended) {
    return ended.failure().error() != nullptr && ended.failure().error()->kind() == ErrorKind::invalid;
  }

  void refuse(std::uint64_t number, std::string reason) {
    ++summary_.refused;
    if (summary_.bad.size() < kBadMax) summary_.bad.push_back({number, std::move(reason)});
  }

  vectordb::Client& client_;
  const LoadOptions options_;
  const std::filesystem::path file_;
  const std::function<void(const vectordb::LoadSummary&)> progress_;
  vectordb::TextEmbedder embedder_;
  vectordb::LoadSummary summary_;
};

}  // namespace

FileForm form_of_file(const std::filesystem::path& file) {
  const std::string end = file.extension().string();
  if (end == ".fvecs") return form_of_fvecs(file);
  if (end == ".jsonl" || end == ".ndjson") return form_of_lines(file);
  throw Error(ErrorKind::unsupported, "load", "its name tells no form: there are .jsonl and .fvecs", 0, file.string());
}

Task<vectordb::LoadSummary> load_file(vectordb::Client& client, LoadOptions options, std::filesystem::path file,
                                      std::function<void(const vectordb::LoadSummary&)> progress) {
  FileLoad load(client, std::move(options), std::move(file), std::move(progress));
  co_return co_await load.run();
}

}  // namespace ringback::cli
