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

/// When a part ends: whichever comes first.
struct PartLimits {
  std::int64_t rows = 8192;
  std::int64_t bytes = std::int64_t{256} << 20;  ///< Of the rows, before compression.
};

/// Writes rows as part-00000.parquet, part-00001.parquet, …; a part becomes visible when it is complete.
/// Memory: one row group. Not thread-safe.
class FeatureWriter {
 public:
  /// Most rows and bytes of a row group: about 10 MB with 1,280 features, so that a reader can take one at a
  /// time; fewer rows when they are longer.
  static constexpr std::int64_t kRowsPerGroup = 2048;
  static constexpr std::int64_t kBytesPerGroup = std::int64_t{16} << 20;

  /// `folder` exists; parts are numbered from `first_part`; each is as large as `limits` say, the last
  /// smaller.
  FeatureWriter(Location folder, int feature_length, PartLimits limits, int first_part);
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
