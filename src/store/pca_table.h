// RESULTS/pca: the projected vectors of the good images, a part for each part of features/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "store/location.h"

namespace coulis {

/// Writes one part; it becomes visible with Finish. Not thread-safe.
class PcaWriter {
 public:
  [[nodiscard]] static Result<PcaWriter> Create(const Location& file, int k);
  ~PcaWriter();
  PcaWriter(PcaWriter&&) noexcept;
  PcaWriter& operator=(PcaWriter&&) noexcept;

  /// A row group: path[i], label[i], vectors[i*k .. (i+1)*k).
  [[nodiscard]] Result<void> Append(std::span<const std::string> path,
                                    std::span<const std::optional<std::string>> label,
                                    std::span<const float> vectors);
  [[nodiscard]] Result<void> Finish();

 private:
  class Impl;
  explicit PcaWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A row group of pca/.
struct PcaBlock {
  std::vector<std::string> path;
  std::vector<std::optional<std::string>> label;
  std::vector<float> vectors;  ///< path.size() x k, row-major.
};

/// Reads one part. Not thread-safe.
class PcaReader {
 public:
  /// Errors: kNotFound, kIo, kBadResults.
  [[nodiscard]] static Result<PcaReader> Open(const Location& file);
  ~PcaReader();
  PcaReader(PcaReader&&) noexcept;
  PcaReader& operator=(PcaReader&&) noexcept;

  [[nodiscard]] int k() const;
  [[nodiscard]] std::int64_t rows() const;
  /// Empty at the end.
  [[nodiscard]] Result<std::optional<PcaBlock>> Next();

 private:
  class Impl;
  explicit PcaReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coulis
