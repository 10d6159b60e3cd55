#include "store/manifest.h"

#include <arrow/csv/options.h>
#include <arrow/csv/reader.h>
#include <arrow/io/buffered.h>
#include <arrow/io/stdio.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/path_text.h"
#include "base/system_error.h"
#include "store/arrow_errors.h"
#include "store/arrow_reason.h"
#include "store/arrow_text.h"
#include "store/location_streams.h"
#include "store/name_patterns.h"
#include "store/storage.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;
using Batches = std::shared_ptr<arrow::RecordBatchReader>;
using Stream = std::shared_ptr<arrow::io::InputStream>;

constexpr const char* kPath = "path";
constexpr const char* kLabel = "label";
constexpr std::string_view kStandardInput = "-";
constexpr std::int64_t kBlock = std::int64_t{1} << 20;
// No field of a line of text holds this byte, so a line is one field.
constexpr char kNoDelimiter = '\x1f';

bool EndsWith(const std::string& name, std::string_view ending) {
  return NamePatterns({"*" + std::string(ending)}).TakesFile(name, name);
}

// Whether the first line has a field "path", as the header of a CSV file has.
bool HasHeader(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text = text.substr(0, text.find_first_of("\r\n"));
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view field = text.substr(0, comma);
    if (field == kPath || field == "\"path\"") return true;
    if (comma == std::string_view::npos) return false;
    text.remove_prefix(comma + 1);
  }
}

arrow::Result<Batches> ReadText(const Stream& stream, bool is_csv) {
  arrow::csv::ReadOptions read;
  read.use_threads = false;
  read.block_size = kBlock;
  arrow::csv::ParseOptions parse;
  arrow::csv::ConvertOptions convert;
  convert.check_utf8 = false;
  convert.column_types = {{kPath, arrow::binary()}, {kLabel, arrow::binary()}};
  if (is_csv) {
    convert.include_columns = {kPath, kLabel};
    convert.include_missing_columns = true;
    parse.newlines_in_values = true;
  } else {
    read.column_names = {kPath};
    parse.delimiter = kNoDelimiter;
    parse.quoting = false;
  }
  return arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), stream, read, parse, convert);
}

// A reader of Parquet, which it must not outlive, with that reader.
class OwningReader : public arrow::RecordBatchReader {
 public:
  static arrow::Result<Batches> Open(const std::shared_ptr<arrow::io::RandomAccessFile>& file) {
    auto owning = std::make_shared<OwningReader>();
    ARROW_ASSIGN_OR_RAISE(owning->file_, parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
    ARROW_ASSIGN_OR_RAISE(owning->batches_, owning->file_->GetRecordBatchReader());
    return owning;
  }
  [[nodiscard]] std::shared_ptr<arrow::Schema> schema() const override { return batches_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return batches_->ReadNext(batch);
  }

 private:
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

class Manifest : public Listing::Source {
 public:
  Manifest(std::string text, Location folder, const Storage& storage, bool has_input, Batches batches)
      : text_(std::move(text)),
        folder_(std::move(folder)),
        storage_(storage),
        has_input_(has_input),
        batches_(std::move(batches)) {}

  [[nodiscard]] std::vector<std::string> inputs() const override {
    return has_input_ ? std::vector{folder_.Text()} : std::vector<std::string>();
  }

  // The files may be anywhere; those with relative paths are beside the list.
  [[nodiscard]] bool has_bucket() const override { return folder_.bucket() != nullptr; }

  Result<std::optional<ImageFile>> Next() override {
    while (batches_) {
      if (batch_ && row_ < batch_->num_rows()) return std::optional(FileOf(row_++));
      if (batch_) rows_before_ += batch_->num_rows();
      row_ = 0;
      const arrow::Status read = TryArrow([&] { return batches_->ReadNext(&batch_); });
      if (!read.ok()) {
        batches_.reset();
        return std::optional(Damaged(read));
      }
      if (!batch_) batches_.reset();
    }
    return std::optional<ImageFile>();
  }

 private:
  [[nodiscard]] ImageFile FileOf(std::int64_t row) const {
    ImageFile file;
    file.is_named = true;
    const std::optional<std::string_view> path = ViewOf(*batch_->GetColumnByName(kPath), row);
    if (!path || path->empty()) {
      file.path = text_ + "/" + std::to_string(rows_before_ + row);
      file.error = Error{ErrorCode::kBadImage, "the manifest has no path in this row"};
      return file;
    }
    file.path = PathText(*path);
    Result<Location> found = Locate(std::string(*path));
    if (!found) {
      file.error = found.error();
      return file;
    }
    file.file = *std::move(found);
    file.label = PathText(file.file.Parent().Name());
    file.kind = KindOfName(file.file.Name());
    file.prefix = file.path + '/';
    if (const auto labels = batch_->GetColumnByName(kLabel)) {
      std::optional<std::string_view> label = ViewOf(*labels, row);
      const std::optional<std::string> number = label ? std::nullopt : TextOf(*labels, row);
      if (number) label = *number;
      file.is_labelled = label && !label->empty();
      if (file.is_labelled) file.label = PathText(*label);
    }
    return file;
  }

  [[nodiscard]] Result<Location> Locate(const std::string& path) const {
    if (IsS3Text(path)) return storage_.Open(path);
    if (path.starts_with('/')) return Location(fs::path(path));
    if (folder_.bucket() != nullptr) return folder_ / path;
    return Location((folder_.path() / path).lexically_normal());
  }

  [[nodiscard]] ImageFile Damaged(const arrow::Status& status) const {
    ImageFile file;
    file.path = text_ + "/";
    file.error = Error{ErrorCode::kIo, "the manifest cannot be read on: " + ArrowReason(status)};
    return file;
  }

  std::string text_;
  Location folder_;
  const Storage& storage_;
  bool has_input_;
  Batches batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t row_ = 0;
  std::int64_t rows_before_ = 0;  // in earlier batches
};

arrow::Result<Batches> OpenBatches(const std::string& manifest, const Location& location) {
  Stream stream;
  if (manifest == kStandardInput) {
    stream = std::make_shared<arrow::io::StdinStream>();
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto file, OpenInput(location));
    ARROW_ASSIGN_OR_RAISE(const auto magic, file->ReadAt(0, 4));
    if (std::string_view(*magic) == "PAR1") return OwningReader::Open(file);
    ARROW_RETURN_NOT_OK(file->Seek(0));
    stream = file;
  }
  ARROW_ASSIGN_OR_RAISE(const auto buffered,
                        arrow::io::BufferedInputStream::Create(kBlock, arrow::default_memory_pool(), stream));
  ARROW_ASSIGN_OR_RAISE(const std::string_view head, buffered->Peek(kBlock));
  if (head.starts_with("PAR1")) return arrow::Status::Invalid("Parquet has to be a file, it cannot be piped");
  const bool has_header = HasHeader(head);
  const bool is_csv = has_header || EndsWith(manifest, ".csv");
  if (is_csv && !has_header) return arrow::RecordBatchReader::Make({}, arrow::schema({}));
  if (head.empty())
    return arrow::RecordBatchReader::Make({}, arrow::schema({arrow::field(kPath, arrow::utf8())}));
  return ReadText(buffered, is_csv);
}

Result<void> CheckFile(const Location& manifest) {
  struct stat status{};
  if (manifest.bucket() != nullptr) return {};
  const std::string what = "manifest " + manifest.Text();
  if (::stat(manifest.path().c_str(), &status) != 0) return SystemError(what);
  return S_ISDIR(status.st_mode) ? SystemError(what, EISDIR) : Result<void>();
}

// The folder that relative paths are below.
Result<Location> FolderOf(const Location& manifest, const std::string& input, const Storage& storage) {
  if (IsS3Text(input)) return storage.Open(input);
  if (input.empty() && manifest.bucket() != nullptr) return manifest.Parent();
  const fs::path folder = input.empty() ? manifest.path().parent_path() : fs::path(input);
  std::error_code problem;
  fs::path canonical = fs::canonical(folder.empty() ? "." : folder, problem);
  if (problem) return SystemError("folder " + PathText(folder.native()), problem.value());
  return Location(std::move(canonical));
}

}  // namespace

Result<Listing> OpenManifest(const std::string& manifest, const std::string& input, const Storage& storage) {
  Location location;
  if (manifest != kStandardInput) {
    Result<Location> opened = storage.Open(manifest);
    if (!opened) return opened.error();
    location = *std::move(opened);
    if (Result<void> there = CheckFile(location); !there) return there.error();
  }
  const std::string text = manifest == kStandardInput ? "standard input" : location.Text();
  Batches batches;
  const arrow::Status opened = TryArrow([&] { return OpenBatches(manifest, location).Value(&batches); });
  if (!opened.ok()) return ArrowError("cannot read the manifest", location, opened);
  const auto path = batches->schema()->GetFieldByName(kPath);
  if (path == nullptr || !(IsTextType(*path->type()) || IsBytesType(*path->type()))) {
    return Error{ErrorCode::kInvalidArgument, "manifest " + text + " has no column \"path\""};
  }
  Result<Location> folder = FolderOf(location, input, storage);
  if (!folder) return folder.error();
  return Listing(
      std::make_unique<Manifest>(text, *std::move(folder), storage, !input.empty(), std::move(batches)));
}

}  // namespace coulis
