// Count, mean and co-moments of feature vectors: one pass, any order, mergeable.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "coulis/export.h"

namespace coulis {

/// Streaming moments of n vectors of `dims` numbers, in double precision. Adding rows in blocks and merging
/// parts give what one pass over all rows gives, up to rounding (Chan, Golub, LeVeque 1982, "Updating
/// formulae and a pairwise algorithm for computing sample variances"). Memory: 8 * dims * (dims + 1) bytes.
/// Not thread-safe: one per thread, then Merge.
class COULIS_EXPORT Moments {
 public:
  /// `dims` ≥ 1: length of each vector.
  explicit Moments(int dims);

  /// Moments as they were: `count` ≥ 0, `mean` of length dims ≥ 1, `co_moments` as co_moments() gave them.
  Moments(std::int64_t count, std::vector<double> mean, std::vector<double> co_moments)
      : dims_(static_cast<int>(mean.size())),
        count_(count),
        mean_(std::move(mean)),
        co_moments_(std::move(co_moments)) {}

  /// Adds rows.size() / dims vectors, stored one after the other. Blocks of some hundred rows are the
  /// fastest. All values must be finite: a NaN or infinity spreads to everything, and FitPca then refuses.
  void Add(std::span<const float> rows);
  void Add(std::span<const double> rows);  ///< The same; floats give the same bits either way.

  /// Adds what `other` has seen. Both must have the same dims.
  void Merge(const Moments& other);

  [[nodiscard]] int dims() const { return dims_; }
  [[nodiscard]] std::int64_t count() const { return count_; }
  /// Length dims.
  [[nodiscard]] const std::vector<double>& mean() const { return mean_; }
  /// Sum of (x - mean)(x - mean)^T: dims x dims, row-major; only the lower triangle (column ≤ row) is kept.
  [[nodiscard]] const std::vector<double>& co_moments() const { return co_moments_; }

 private:
  template <typename Number>
  void AddRows(std::span<const Number> rows);
  template <typename Number>
  void AddBlock(std::span<const Number> rows);

  int dims_;
  std::int64_t count_ = 0;
  std::vector<double> mean_;
  std::vector<double> co_moments_;
};

}  // namespace coulis
