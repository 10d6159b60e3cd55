// Standardise + principal component analysis from moments, and the projection of new vectors.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "coulis/export.h"
#include "coulis/moments.h"
#include "coulis/result.h"

namespace coulis {

/// Keep the fewest components that explain at least this share of the variance; 0 < share ≤ 1.
struct VarianceShare {
  double share = 0.95;
};

/// Keep exactly this many components; 1 ≤ count ≤ min(dims, n - 1).
struct ComponentCount {
  int count = 0;
};

using ComponentChoice = std::variant<VarianceShare, ComponentCount>;

/// What a centred column is divided by before the components are sought.
enum class Scaling : std::uint8_t {
  kDeviation,  ///< Its standard deviation: every column weighs the same.
  kNone,       ///< Nothing: a column weighs what it varies.
};

/// A fitted standardisation + PCA: y = components * ((x - mean) / scale). Equals scikit-learn's
/// StandardScaler() + PCA(svd_solver="full") up to the signs, which are fixed here: each component's
/// coefficient of largest magnitude is positive (of several equal ones, the first).
struct PcaModel {
  int dims = 0;              ///< Length of the input vectors.
  int k = 0;                 ///< Number of components.
  std::int64_t count = 0;    ///< How many vectors it was fitted on.
  std::vector<double> mean;  ///< [dims]
  /// [dims] population standard deviation (divisor n, as StandardScaler); 1 for a constant column, and
  /// everywhere with Scaling::kNone.
  std::vector<double> scale;
  std::vector<double> components;          ///< [k, dims], row-major, unit length, by falling variance.
  std::vector<double> explained_variance;  ///< [k] variance (divisor n - 1) of each projected component.
  std::vector<double> explained_variance_ratio;  ///< [k] share of the total variance of the scaled data.
};

/// Fits by eigendecomposition of the covariance of the scaled vectors. Constant columns carry no
/// variance and never give NaN. Errors: kInvalidArgument (fewer than 2 vectors, no variance at all, vectors
/// that were not finite, share or count out of range).
[[nodiscard]] COULIS_EXPORT Result<PcaModel> FitPca(const Moments& moments, const ComponentChoice& choice,
                                                    Scaling scaling = Scaling::kDeviation);

/// Projects vectors with a PcaModel. Holds the model in the form that is fastest to apply; thread-safe.
class COULIS_EXPORT PcaProjector {
 public:
  explicit PcaProjector(const PcaModel& model);
  [[nodiscard]] int dims() const { return dims_; }
  [[nodiscard]] int k() const { return k_; }
  /// `rows`: n x dims; `out`: n x k, both row-major. Computed in double, rounded to float once. A row's
  /// result has the same bits whichever other rows are in the call.
  void Project(std::span<const float> rows, std::span<float> out) const;
  void Project(std::span<const double> rows, std::span<float> out) const;

 private:
  template <typename Number>
  void ProjectRows(std::span<const Number> rows, std::span<float> out) const;
  template <typename Number>
  void ProjectChunk(std::span<const Number> rows, std::span<float> out) const;

  int dims_;
  int k_;
  std::vector<double> mean_;     // [dims]
  std::vector<double> weights_;  // components with the scale divided in, eight to a panel of [dims, 8]
};

}  // namespace coulis
