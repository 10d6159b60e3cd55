#include "store/image_table.h"

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/path_text.h"
#include "store/arrow_reason.h"
#include "store/image_columns.h"
#include "store/member_paths.h"

namespace coulis {
namespace {

// One request to an object store, and what a column's reader holds.
constexpr std::int64_t kReadAhead = std::int64_t{4} << 20;
constexpr std::int64_t kBatchBytes = std::int64_t{8} << 20;
constexpr std::int64_t kMostBatchRows = 1024;
// Pages of others may be large, and a hostile file may say that its pages are huge.
constexpr std::int64_t kMostMemory = std::int64_t{1} << 30;

// A pool with a limit of its own.
class BoundedPool {
 public:
  explicit BoundedPool(std::int64_t limit)
      : counted_(arrow::default_memory_pool()), capped_(&counted_, limit) {}
  [[nodiscard]] arrow::MemoryPool* get() { return &capped_; }

 private:
  arrow::ProxyMemoryPool counted_;
  arrow::CappedMemoryPool capped_;
};

using Fields = std::vector<parquet::arrow::SchemaField>;

// The number of the leaf that a dotted path names; -1: none.
int LeafOf(const Fields& fields, std::string_view name) {
  for (const parquet::arrow::SchemaField& field : fields) {
    if (field.field->name() == name) return field.column_index;
    const std::string& parent = field.field->name();
    if (name.starts_with(parent + ".")) {
      const int leaf = LeafOf(field.children, name.substr(parent.size() + 1));
      if (leaf >= 0) return leaf;
    }
  }
  return -1;
}

class ImageTable : public Container {
 public:
  ImageTable(ContainerNames names, ContainerOptions options)
      : names_(std::move(names)), options_(std::move(options)), pool_(kMostMemory + 2 * options_.max_bytes) {}

  Result<void> Open(const std::shared_ptr<arrow::io::RandomAccessFile>& file) {
    std::shared_ptr<arrow::Schema> schema;
    const arrow::Status opened = TryArrow([&]() -> arrow::Status {
      parquet::ReaderProperties properties(pool_.get());
      properties.enable_buffered_stream();
      properties.set_buffer_size(kReadAhead);
      parquet::ArrowReaderProperties arrow_properties;
      arrow_properties.set_pre_buffer(false);
      parquet::arrow::FileReaderBuilder builder;
      ARROW_RETURN_NOT_OK(builder.Open(file, properties));
      builder.memory_pool(pool_.get())->properties(arrow_properties);
      ARROW_RETURN_NOT_OK(builder.Build().Value(&reader_));
      return reader_->GetSchema(&schema);
    });
    if (!opened.ok()) {
      return Error{ErrorCode::kBadImage, "Parquet that is damaged or cut off: " + ArrowReason(opened)};
    }
    Result<ImageColumns> columns = ImageColumns::Choose(*schema, options_.image_column);
    if (!columns) return columns.error();
    columns_ = *std::move(columns);
    for (const std::string& column : columns_->columns()) {
      if (const int leaf = LeafOf(reader_->manifest().schema_fields, column); leaf >= 0)
        leaves_.push_back(leaf);
    }
    return {};
  }

  std::optional<Member> Next() override {
    while (!stopped_) {
      if (batch_ && row_ < batch_->num_rows()) {
        if (std::optional<Member> member = Take(row_++)) return member;
      } else if (!NextBatch()) {
        break;
      }
    }
    if (stopped_ || damaged_groups_.empty()) return std::nullopt;
    return Damage();
  }

 private:
  // False at the end of the file.
  bool NextBatch() {
    batch_.reset();
    row_ = 0;
    if (!batches_) {
      if (group_ == reader_->num_row_groups()) return false;
      rows_before_ = GroupBegin(group_);
    }
    const arrow::Status read = TryArrow([&]() -> arrow::Status {
      if (!batches_) {
        reader_->set_batch_size(BatchRows(group_));
        ARROW_RETURN_NOT_OK(reader_->GetRecordBatchReader({group_}, leaves_).Value(&batches_));
      }
      return batches_->ReadNext(&batch_);
    });
    if (!read.ok()) {
      damaged_groups_ += (damaged_groups_.empty() ? "" : ", ") + std::to_string(group_);
      damage_ = ArrowReason(read);
      batch_.reset();
    }
    if (!batch_) {
      batches_.reset();
      ++group_;
    }
    return true;
  }

  // Columns of text are text already.
  static std::string Text(const std::string& value) { return IsUtf8(value) ? value : PathText(value); }

  // Rows of all groups before one.
  [[nodiscard]] std::int64_t GroupBegin(int group) const {
    std::int64_t rows = 0;
    for (int i = 0; i < group; ++i) rows += reader_->parquet_reader()->metadata()->RowGroup(i)->num_rows();
    return rows;
  }

  // So many rows that they take some megabytes.
  [[nodiscard]] std::int64_t BatchRows(int group) const {
    const auto metadata = reader_->parquet_reader()->metadata()->RowGroup(group);
    const std::int64_t row_bytes =
        metadata->total_byte_size() / std::max<std::int64_t>(metadata->num_rows(), 1);
    return std::clamp(kBatchBytes / std::max<std::int64_t>(row_bytes, 1), std::int64_t{1}, kMostBatchRows);
  }

  std::optional<Member> Take(std::int64_t row) {
    const std::int64_t number = rows_before_++;
    const std::optional<std::string> path = columns_->Path(*batch_, row);
    const std::string name = path ? *path : NameOf(row, number);
    if (!options_.patterns.TakesRow(name)) {
      ++ignored_;
      return std::nullopt;
    }
    const std::string key = (path ? "" : names_.prefix) + Text(name);
    const std::string unique = paths_.Unique(key);
    const Wish wish = options_.wish ? options_.wish(unique) : Wish::kTake;
    stopped_ = wish == Wish::kStop;
    if (wish != Wish::kTake) return std::nullopt;
    const std::string label =
        columns_->Label(*batch_, row).value_or(FolderName(path.value_or("")).value_or(names_.label));
    return Member{unique, Text(label), Read(row, unique != key)};
  }

  // Of a row without a path of its own: its number, and the name of the image, of which there may be several.
  [[nodiscard]] std::string NameOf(std::int64_t row, std::int64_t number) const {
    const std::optional<std::string> name = columns_->ImageName(*batch_, row);
    return std::to_string(number) + (name && !name->empty() ? "/" + name->substr(name->rfind('/') + 1) : "");
  }

  [[nodiscard]] Result<std::vector<std::byte>> Read(std::int64_t row, bool again) const {
    if (again) return Error{ErrorCode::kBadImage, "a row of this path came before: paths have to be unique"};
    const std::optional<std::string_view> view = columns_->Bytes(*batch_, row);
    if (!view)
      return Error{ErrorCode::kBadImage, "the row holds no bytes: the image is null, or only a path"};
    if (std::cmp_greater(view->size(), options_.max_bytes)) {
      return Error{ErrorCode::kBadImage, "image has " + std::to_string(view->size()) +
                                             " bytes, more than the " + std::to_string(options_.max_bytes) +
                                             " allowed (--max-bytes)"};
    }
    const auto* begin = reinterpret_cast<const std::byte*>(view->data());
    return std::vector<std::byte>(begin, begin + view->size());
  }

  // Once, at the end.
  Member Damage() {
    stopped_ = true;
    return {names_.own, names_.label,
            Error{ErrorCode::kBadImage, "row groups " + damaged_groups_ + " (from 0) of " +
                                            std::to_string(reader_->num_row_groups()) +
                                            " cannot be read, or not to their ends: " + damage_}};
  }

  ContainerNames names_;
  ContainerOptions options_;
  BoundedPool pool_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::optional<ImageColumns> columns_;
  std::vector<int> leaves_;
  UniquePaths paths_;
  int group_ = 0;
  std::int64_t rows_before_ = 0;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t row_ = 0;
  bool stopped_ = false;
  std::string damaged_groups_;
  std::string damage_;
};

}  // namespace

Result<std::unique_ptr<Container>> OpenImageTable(const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                                                  ContainerNames names, ContainerOptions options) {
  auto table = std::make_unique<ImageTable>(std::move(names), std::move(options));
  if (Result<void> opened = table->Open(file); !opened) return opened.error();
  return std::unique_ptr<Container>(std::move(table));
}

}  // namespace coulis
