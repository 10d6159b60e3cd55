// RESULTS/features: one row per image, in parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/image.h"
#include "coulis/result.h"
#include "coulis/results.h"
#include "store/location.h"

namespace coulis {

/// One row of features/ (docs/formats.md): either `features` or `error`, never both.
struct FeatureRow {
  std::string path;
  std::optional<std::string> label;
  std::vector<float> features;       ///< Empty when bad.
  std::optional<std::string> error;  ///< Empty when good.
  std::optional<ImageSize> size;     ///< The image's own size, where it is known.
};

/// Writes rows as part-00000.parquet, part-00001.parquet, …; a part becomes visible when it is complete.
/// Memory: one row group. Not thread-safe.
class FeatureWriter {
 public:
  /// Rows of a row group: about 10 MB with 1,280 features, so that a reader can take one at a time.
  static constexpr std::int64_t kRowsPerGroup = 2048;

  /// `folder` exists; parts are numbered from `first_part`; each has `rows_per_part` rows, the last fewer.
  FeatureWriter(Location folder, int feature_length, std::int64_t rows_per_part, int first_part);
  ~FeatureWriter();
  FeatureWriter(FeatureWriter&&) noexcept;
  FeatureWriter& operator=(FeatureWriter&&) noexcept;

  [[nodiscard]] Result<void> Append(const FeatureRow& row);

  /// Writes the last part. Rows appended since the last complete part are lost without it.
  [[nodiscard]] Result<void> Finish();

  /// The parts that are finished and visible, in order; `file` is the name within the folder.
  [[nodiscard]] const std::vector<PartRecord>& parts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The number in "part-00012.parquet"; -1 for another name.
[[nodiscard]] int PartNumber(const Location& file);

/// "part-00012.parquet"
[[nodiscard]] std::string PartName(int number);

}  // namespace coulis
