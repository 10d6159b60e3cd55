// One Parquet file, written aside and made visible by a rename. Included by .cpp files of this layer only.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type_fwd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "coulis/result.h"

namespace parquet::arrow {
class FileWriter;
}

namespace coulis {

/// Writes record batches, a row group each. Not thread-safe.
class ParquetFile {
 public:
  /// `vector_column`: the column of floats, which gets no dictionary and no statistics; they would not help.
  [[nodiscard]] static Result<ParquetFile> Create(const std::filesystem::path& file,
                                                  const std::shared_ptr<arrow::Schema>& schema,
                                                  const std::string& vector_column);
  ~ParquetFile();
  ParquetFile(ParquetFile&&) noexcept;
  ParquetFile& operator=(ParquetFile&&) noexcept;

  [[nodiscard]] Result<void> Write(const arrow::RecordBatch& batch);

  /// Flushes to the disk and renames. Without it the destructor removes what was written.
  [[nodiscard]] Result<void> Close();

 private:
  ParquetFile() = default;
  [[nodiscard]] std::filesystem::path Aside() const;

  std::filesystem::path file_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace coulis
