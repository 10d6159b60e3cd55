#include "store/parquet_shard.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <utility>

namespace coulis {
namespace {

// What a reader needs to hold of a file, and a fraction of any shard.
constexpr std::int64_t kGroupBytes = std::int64_t{16} << 20;
constexpr std::int64_t kPageBytes = std::int64_t{1} << 20;
// Rows after which the writer looks whether a page is full.
constexpr std::int64_t kRowsAtOnce = 16;

std::shared_ptr<arrow::Schema> Schema() {
  return arrow::schema({arrow::field("path", arrow::utf8(), /*nullable=*/false),
                        arrow::field("label", arrow::utf8(), /*nullable=*/false),
                        arrow::field("image", arrow::binary(), /*nullable=*/false)});
}

}  // namespace

ParquetShard::ParquetShard(std::shared_ptr<arrow::io::OutputStream> stream) : stream_(std::move(stream)) {}

ParquetShard::~ParquetShard() {
  if (!writer_) return;
  try {
    writer_.reset();
  } catch (...) {  // NOLINT(bugprone-empty-catch): the file is dropped
  }
}

arrow::Status ParquetShard::Open() {
  // Compressed images would be compressed for nothing.
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(arrow::Compression::UNCOMPRESSED)
                              ->disable_dictionary("path")
                              ->disable_dictionary("image")
                              ->disable_statistics("image")
                              ->data_pagesize(kPageBytes)
                              ->write_batch_size(kRowsAtOnce)
                              ->enable_page_checksum()
                              ->build();
  return parquet::arrow::FileWriter::Open(*Schema(), arrow::default_memory_pool(), stream_, properties)
      .Value(&writer_);
}

arrow::Status ParquetShard::Add(const std::string& path, const std::string& label,
                                std::span<const std::byte> image) {
  if (images_.length() > 0 && images_.value_data_length() + std::ssize(image) > kGroupBytes) {
    ARROW_RETURN_NOT_OK(WriteGroup());
  }
  ARROW_RETURN_NOT_OK(paths_.Append(path));
  ARROW_RETURN_NOT_OK(labels_.Append(label));
  return images_.Append(std::string_view(reinterpret_cast<const char*>(image.data()), image.size()));
}

arrow::Status ParquetShard::WriteGroup() {
  arrow::ArrayVector columns(3);
  ARROW_RETURN_NOT_OK(paths_.Finish(columns.data()));
  ARROW_RETURN_NOT_OK(labels_.Finish(&columns[1]));
  ARROW_RETURN_NOT_OK(images_.Finish(&columns[2]));
  ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
  const std::int64_t rows = columns.front()->length();
  return writer_->WriteRecordBatch(*arrow::RecordBatch::Make(Schema(), rows, std::move(columns)));
}

arrow::Status ParquetShard::Close() {
  if (images_.length() > 0) ARROW_RETURN_NOT_OK(WriteGroup());
  return writer_->Close();
}

}  // namespace coulis
