#include "store/parquet_reader.h"

#include <arrow/filesystem/s3fs.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>

#include "store/arrow_errors.h"
#include "store/bucket.h"
#include "store/location_streams.h"

namespace coulis {
Result<ParquetReader> ParquetReader::Open(const Location& file) {
  ParquetReader made;
  made.file_ = file;
  Result<void> opened = ReadArrow("cannot read", file, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto source, OpenInput(file));
    parquet::ReaderProperties properties;
    properties.set_page_checksum_verification(true);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(source, properties));
    parquet::ArrowReaderProperties reading(/*use_threads=*/false);
    // The columns of a row group in one request, on the bucket's own threads. On disk it would be on Arrow's.
    reading.set_pre_buffer(file.bucket() != nullptr);
    if (file.bucket() != nullptr) reading.set_io_context(file.bucket()->files().io_context());
    ARROW_RETURN_NOT_OK(builder.properties(reading)->Build(&made.reader_));
    return made.reader_->GetSchema(&made.schema_);
  });
  if (!opened) return opened.error();
  return made;
}

ParquetReader::~ParquetReader() = default;
ParquetReader::ParquetReader(ParquetReader&&) noexcept = default;
ParquetReader& ParquetReader::operator=(ParquetReader&&) noexcept = default;

std::int64_t ParquetReader::rows() const {
  return reader_->parquet_reader()->metadata()->num_rows();
}
int ParquetReader::row_groups() const {
  return reader_->num_row_groups();
}

Result<std::shared_ptr<arrow::RecordBatch>> ParquetReader::ReadRowGroup(
    int index, const std::vector<std::string>& columns) {
  std::shared_ptr<arrow::RecordBatch> batch;
  Result<void> read = ReadArrow("cannot read", file_, [&]() -> arrow::Status {
    std::vector<int> indices;
    const auto& manifest = reader_->manifest();
    for (const std::string& name : columns) {
      const auto* field = &manifest.schema_fields.at(static_cast<std::size_t>(schema_->GetFieldIndex(name)));
      while (!field->children.empty()) field = &field->children.front();
      indices.push_back(field->column_index);
    }
    ARROW_ASSIGN_OR_RAISE(auto table, reader_->ReadRowGroup(index, indices));
    ARROW_ASSIGN_OR_RAISE(batch, table->CombineChunksToBatch());
    return batch->ValidateFull();
  });
  if (!read) return read.error();
  return batch;
}

std::vector<std::string> Strings(const arrow::Array& column) {
  const auto& strings = static_cast<const arrow::StringArray&>(column);
  std::vector<std::string> values;
  values.reserve(static_cast<std::size_t>(strings.length()));
  for (std::int64_t i = 0; i < strings.length(); ++i) values.push_back(strings.GetString(i));
  return values;
}

std::vector<std::optional<std::string>> OptionalStrings(const arrow::Array& column) {
  const auto& strings = static_cast<const arrow::StringArray&>(column);
  std::vector<std::optional<std::string>> values(static_cast<std::size_t>(strings.length()));
  for (std::int64_t i = 0; i < strings.length(); ++i) {
    if (strings.IsValid(i)) values[static_cast<std::size_t>(i)] = strings.GetString(i);
  }
  return values;
}

int VectorLength(const arrow::Schema& schema, const std::string& name, arrow::Type::type element) {
  const auto field = schema.GetFieldByName(name);
  if (!field || field->type()->id() != arrow::Type::FIXED_SIZE_LIST) return -1;
  const auto& list = static_cast<const arrow::FixedSizeListType&>(*field->type());
  return list.value_type()->id() == element ? list.list_size() : -1;
}

}  // namespace coulis
