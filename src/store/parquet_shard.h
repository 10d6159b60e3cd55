// A table of images as `coulis pack` writes it. Included by .cpp files of this layer only.
#pragma once

#include <arrow/array/builder_binary.h>
#include <arrow/io/interfaces.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace parquet::arrow {
class FileWriter;
}

namespace coulis {

/// Columns path, label (utf8) and image (binary), in row groups of some megabytes. The caller closes
/// `stream`. Not thread-safe.
class ParquetShard {
 public:
  explicit ParquetShard(std::shared_ptr<arrow::io::OutputStream> stream);
  ~ParquetShard();
  ParquetShard(const ParquetShard&) = delete;
  ParquetShard& operator=(const ParquetShard&) = delete;

  [[nodiscard]] arrow::Status Open();
  [[nodiscard]] arrow::Status Add(const std::string& path, const std::string& label,
                                  std::span<const std::byte> image);
  [[nodiscard]] arrow::Status Close();

 private:
  [[nodiscard]] arrow::Status WriteGroup();

  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  arrow::StringBuilder paths_;
  arrow::StringBuilder labels_;
  arrow::BinaryBuilder images_;
};

}  // namespace coulis
