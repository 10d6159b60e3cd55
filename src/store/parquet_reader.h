// Reads a Parquet file a row group at a time, and takes Arrow columns apart. Included by .cpp files of this
// layer only.
#pragma once

#include <arrow/array.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "store/location.h"

namespace parquet::arrow {
class FileReader;
}

namespace coulis {

/// One open Parquet file. Not thread-safe.
class ParquetReader {
 public:
  /// Errors: kNotFound, kIo, kBadResults (not Parquet).
  [[nodiscard]] static Result<ParquetReader> Open(const Location& file);
  ~ParquetReader();
  ParquetReader(ParquetReader&&) noexcept;
  ParquetReader& operator=(ParquetReader&&) noexcept;

  [[nodiscard]] const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  [[nodiscard]] std::int64_t rows() const;
  [[nodiscard]] int row_groups() const;

  /// The named columns of one row group, each in one piece.
  [[nodiscard]] Result<std::shared_ptr<arrow::RecordBatch>> ReadRowGroup(
      int index, const std::vector<std::string>& columns);

 private:
  ParquetReader() = default;

  Location file_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
};

[[nodiscard]] std::vector<std::string> Strings(const arrow::Array& column);
[[nodiscard]] std::vector<std::optional<std::string>> OptionalStrings(const arrow::Array& column);

/// Length of a vector column of that name and element type; -1 when there is no such column.
[[nodiscard]] int VectorLength(const arrow::Schema& schema, const std::string& name,
                               arrow::Type::type element);

}  // namespace coulis
