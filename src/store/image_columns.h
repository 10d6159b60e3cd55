// Which columns of a Parquet file hold images, their paths and their labels. Included by .cpp files of this
// layer only.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coulis/result.h"

namespace coulis {

/// The columns of a table of images, as Hugging Face datasets (image: struct<bytes, path>, label: names by
/// number in the schema's metadata), Ray Data and Daft (a column of bytes, path) and `coulis pack` write
/// them.
class ImageColumns {
 public:
  /// `wanted`: the name of the column of images; empty: choose. Errors: kNotFound (no column of bytes),
  /// kBadImage (several to choose from, or the wanted one is missing or holds no bytes).
  [[nodiscard]] static Result<ImageColumns> Choose(const arrow::Schema& schema, const std::string& wanted);

  /// Dotted paths of the columns to read.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }

  // Of a row of a batch that has `columns()`; the views are valid while the batch is.
  [[nodiscard]] std::optional<std::string_view> Bytes(const arrow::RecordBatch& batch,
                                                      std::int64_t row) const;
  /// The column "path": the key of the row.
  [[nodiscard]] std::optional<std::string> Path(const arrow::RecordBatch& batch, std::int64_t row) const;
  /// The path beside the bytes, often only a name.
  [[nodiscard]] std::optional<std::string> ImageName(const arrow::RecordBatch& batch, std::int64_t row) const;
  [[nodiscard]] std::optional<std::string> Label(const arrow::RecordBatch& batch, std::int64_t row) const;

 private:
  ImageColumns() = default;

  std::string image_;
  bool is_struct_ = false;
  std::vector<std::string> label_names_;
  std::vector<std::string> columns_;
};

}  // namespace coulis
