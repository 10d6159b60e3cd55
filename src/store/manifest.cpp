#include "store/manifest.h"

#include <arrow/csv/options.h>
#include <arrow/csv/reader.h>
#include <arrow/io/buffered.h>
#include <arrow/io/file.h>
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
#include "store/arrow_reason.h"
#include "store/arrow_text.h"
#include "store/name_patterns.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;
using Batches = std::shared_ptr<arrow::RecordBatchReader>;
using Stream = std::shared_ptr<arrow::io::InputStream>;

constexpr const char* kPath = "path";
constexpr const char* kLabel = "label";
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
  Manifest(std::string text, fs::path folder, Batches batches)
      : text_(std::move(text)), folder_(std::move(folder)), batches_(std::move(batches)) {}

  std::optional<ImageFile> Next() override {
    while (batches_) {
      if (batch_ && row_ < batch_->num_rows()) return FileOf(row_++);
      if (batch_) rows_before_ += batch_->num_rows();
      row_ = 0;
      const arrow::Status read = TryArrow([&] { return batches_->ReadNext(&batch_); });
      if (!read.ok()) {
        batches_.reset();
        return Damaged(read);
      }
      if (!batch_) batches_.reset();
    }
    return std::nullopt;
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
    const fs::path found = (folder_ / fs::path(*path)).lexically_normal();
    file.file = found.native();
    file.path = PathText(*path);
    file.label = PathText(found.parent_path().filename().native());
    file.kind = KindOfName(file.file);
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

  [[nodiscard]] ImageFile Damaged(const arrow::Status& status) const {
    ImageFile file;
    file.path = text_ + "/";
    file.error = Error{ErrorCode::kIo, "the manifest cannot be read on: " + ArrowReason(status)};
    return file;
  }

  std::string text_;
  fs::path folder_;
  Batches batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t row_ = 0;
  std::int64_t rows_before_ = 0;  // in earlier batches
};

arrow::Result<Batches> OpenBatches(const std::string& manifest) {
  Stream stream;
  if (manifest == "-") {
    stream = std::make_shared<arrow::io::StdinStream>();
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(manifest));
    ARROW_ASSIGN_OR_RAISE(const auto magic, file->ReadAt(0, 4));
    if (std::string_view(*magic) == "PAR1") return OwningReader::Open(file);
    ARROW_RETURN_NOT_OK(file->Seek(0));
    stream = file;
  }
  ARROW_ASSIGN_OR_RAISE(const auto buffered, arrow::io::BufferedInputStream::Create(
                                                 kBlock, arrow::default_memory_pool(), stream));
  ARROW_ASSIGN_OR_RAISE(const std::string_view head, buffered->Peek(kBlock));
  if (head.starts_with("PAR1")) return arrow::Status::Invalid("Parquet has to be a file, it cannot be piped");
  const bool has_header = HasHeader(head);
  const bool is_csv = has_header || EndsWith(manifest, ".csv");
  if (is_csv && !has_header) return arrow::RecordBatchReader::Make({}, arrow::schema({}));
  if (head.empty()) return arrow::RecordBatchReader::Make({}, arrow::schema({arrow::field(kPath, arrow::utf8())}));
  return ReadText(buffered, is_csv);
}

Result<void> CheckFile(const std::string& manifest, const std::string& text) {
  struct stat status{};
  if (manifest != "-" && ::stat(manifest.c_str(), &status) != 0) return SystemError("manifest " + text);
  if (manifest != "-" && S_ISDIR(status.st_mode)) return SystemError("manifest " + text, EISDIR);
  return {};
}

}  // namespace

Result<Listing> OpenManifest(const std::string& manifest, const std::string& folder) {
  const std::string text = manifest == "-" ? "standard input" : PathText(manifest);
  if (Result<void> there = CheckFile(manifest, text); !there) return there.error();
  Batches batches;
  Result<void> opened =
      CallArrow("manifest " + text + " cannot be read", [&] { return OpenBatches(manifest).Value(&batches); });
  if (!opened) return opened.error();
  const auto path = batches->schema()->GetFieldByName(kPath);
  if (path == nullptr || !(IsTextType(*path->type()) || IsBytesType(*path->type()))) {
    return Error{ErrorCode::kInvalidArgument, "manifest " + text + " has no column \"path\""};
  }
  const fs::path beside = manifest == "-" ? fs::path() : fs::path(manifest).parent_path();
  const fs::path base = folder.empty() ? beside : fs::path(folder);
  std::error_code ignored;
  return Listing(std::make_unique<Manifest>(text, fs::absolute(base.empty() ? "." : base, ignored), std::move(batches)));
}

}  // namespace coulis
