#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "store/location.h"

namespace coulis {

/// Rows of one row group, as they stand in the file.
struct FeatureBlock {
  std::vector<std::string> path;
  std::vector<std::optional<std::string>> label;
  std::vector<std::optional<std::string>> error;
  /// Which rows have features (their own nullness, not that of `error`), in row order.
  std::vector<std::size_t> good;
  /// good.size() x feature_length, row-major: the features of the good rows, one after the other.
  std::vector<float> features;
};

/// Reads one part of features/ a row group at a time. Not thread-safe.
class FeatureReader {
 public:
  enum class Columns { kAll, kPathAndError };

  /// Errors: kNotFound, kIo, kBadResults (not Parquet, or not the schema of docs/formats.md).
  [[nodiscard]] static Result<FeatureReader> Open(const Location& file, Columns columns = Columns::kAll);
  ~FeatureReader();
  FeatureReader(FeatureReader&&) noexcept;
  FeatureReader& operator=(FeatureReader&&) noexcept;

  [[nodiscard]] int feature_length() const;
  [[nodiscard]] std::int64_t rows() const;

  /// The next row group; empty at the end. Errors: kBadResults (damaged file).
  [[nodiscard]] Result<std::optional<FeatureBlock>> Next();

 private:
  class Impl;
  explicit FeatureReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coulis
