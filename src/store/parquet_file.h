// One Parquet file, which becomes visible when it is whole. Included by .cpp files of this layer only.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "coulis/result.h"
#include "store/location_streams.h"

namespace parquet::arrow {
class FileWriter;
}

namespace coulis {

/// Writes record batches, a row group each. Not thread-safe.
class ParquetFile {
 public:
  /// `vector_column`: the column of floats, which gets no dictionary and no statistics; they would not help.
  [[nodiscard]] static Result<ParquetFile> Create(const Location& file,
                                                  const std::shared_ptr<arrow::Schema>& schema,
                                                  const std::string& vector_column);
  ~ParquetFile();
  ParquetFile(ParquetFile&&) noexcept;
  ParquetFile& operator=(ParquetFile&&) noexcept;

  [[nodiscard]] Result<void> Write(const arrow::RecordBatch& batch);

  /// Makes it visible and durable. Without it the destructor removes what was written.
  [[nodiscard]] Result<void> Close();

 private:
  ParquetFile() = default;
  Location file_;
  OutputFile output_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace coulis
