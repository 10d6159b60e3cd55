#include "store/parquet_file.h"

#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <utility>

#include "store/arrow_errors.h"

namespace coulis {
namespace {

// Features hardly compress: the lowest level of zstd gains what there is to gain, at little cost.
constexpr int kZstdLevel = 1;

}  // namespace

Result<ParquetFile> ParquetFile::Create(const Location& file, const std::shared_ptr<arrow::Schema>& schema,
                                        const std::string& vector_column) {
  ParquetFile made;
  made.file_ = file;
  Result<void> opened = CallArrow("cannot write", file, [&]() -> arrow::Status {
    const std::string leaf = vector_column + ".list.element";
    auto properties = parquet::WriterProperties::Builder()
                          .compression(arrow::Compression::ZSTD)
                          ->compression_level(kZstdLevel)
                          ->disable_dictionary(leaf)
                          ->disable_statistics(leaf)
                          ->enable_page_checksum()
                          ->build();
    auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    ARROW_ASSIGN_OR_RAISE(made.output_, OutputFile::Create(file));
    ARROW_ASSIGN_OR_RAISE(
        made.writer_, parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(),
                                                       made.output_.stream(), properties, arrow_properties));
    return arrow::Status::OK();
  });
  if (!opened) return opened.error();
  return made;
}

ParquetFile::~ParquetFile() {
  if (!output_.stream()) return;
  // Closing the writer would write a footer; on a full disk that throws. The file is dropped, so the stream
  // is closed first.
  output_.Drop();
  try {
    writer_.reset();
  } catch (...) {  // NOLINT(bugprone-empty-catch): nothing is lost, the file is gone
  }
}

ParquetFile::ParquetFile(ParquetFile&& other) noexcept = default;
ParquetFile& ParquetFile::operator=(ParquetFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(output_, other.output_);
  std::swap(writer_, other.writer_);
  return *this;
}

Result<void> ParquetFile::Write(const arrow::RecordBatch& batch) {
  return CallArrow("cannot write", file_, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
    return writer_->WriteRecordBatch(batch);
  });
}

Result<void> ParquetFile::Close() {
  Result<void> closed = CallArrow("cannot write", file_, [&] { return writer_->Close(); });
  return closed ? output_.Commit() : closed;
}

}  // namespace coulis
