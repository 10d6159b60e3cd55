#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "coulis/pca.h"
#include "stats/symmetric_eigen.h"

namespace coulis {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Whether a column of n values varies no more than rounding would make a constant one vary: the bound of
/// Chan, Golub, LeVeque 1983 ("Algorithms for computing the sample variance", eq. 1.6) that scikit-learn
/// uses.
bool IsConstant(double variance, double mean, double n) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  return variance <= n * kEpsilon * variance + std::pow(n * mean * kEpsilon, 2);
}

/// Population standard deviations; 0 marks a constant column.
Eigen::VectorXd Deviations(const Moments& moments) {
  const int dims = moments.dims();
  const auto n = static_cast<double>(moments.count());
  Eigen::VectorXd deviations(dims);
  for (int i = 0; i < dims; ++i) {
    const auto column = static_cast<std::size_t>(i);
    const double variance = moments.co_moments()[column * static_cast<std::size_t>(dims) + column] / n;
    deviations[i] = IsConstant(variance, moments.mean()[column], n) ? 0.0 : std::sqrt(variance);
  }
  return deviations;
}

/// Lower triangle of the covariance (divisor n - 1) of the vectors divided by `scale`; columns where that is
/// 0 are zero.
std::vector<double> ScaledCovariance(const Moments& moments, const Eigen::VectorXd& scale) {
  std::vector<double> covariance = moments.co_moments();
  const Eigen::VectorXd inverse = (scale.array() > 0.0).select(scale.cwiseInverse(), 0.0);
  Eigen::Map<RowMajor> matrix(covariance.data(), moments.dims(), moments.dims());
  matrix = inverse.asDiagonal() * matrix * inverse.asDiagonal() / static_cast<double>(moments.count() - 1);
  return covariance;
}

Error NotConverged() {
  return {ErrorCode::kInternal, "the eigenvalues of the covariance did not converge"};
}

/// The number of components that `choice` asks for. `variances`: all of them, falling.
Result<int> ChooseCount(const Eigen::VectorXd& variances, std::int64_t n, const ComponentChoice& choice) {
  const auto most = static_cast<int>(std::min<std::int64_t>(variances.size(), n - 1));
  if (const auto* wanted = std::get_if<ComponentCount>(&choice)) {
    if (wanted->count < 1 || wanted->count > most) {
      return Error{ErrorCode::kInvalidArgument, "cannot keep " + std::to_string(wanted->count) +
                                                    " components of " + std::to_string(n) +
                                                    " vectors of length " + std::to_string(variances.size()) +
                                                    ": choose 1 to " + std::to_string(most)};
    }
    return wanted->count;
  }
  // Below this an eigenvalue is rounding, not variance.
  const double noise =
      variances[0] * static_cast<double>(variances.size()) * std::numeric_limits<double>::epsilon();
  const double goal = std::get<VarianceShare>(choice).share * variances.sum();
  int k = 0;
  for (double explained = 0.0; k < most && explained < goal && variances[k] > noise; ++k) {
    explained += variances[k];
  }
  return k;
}

/// Turns a component so that its coefficient of largest magnitude is positive. Of several that are equal but
/// for rounding the first decides, so that the sign does not hang on the last bit.
void FixSign(Eigen::Ref<Eigen::RowVectorXd> component) {
  const double largest = component.cwiseAbs().maxCoeff();
  const auto first = std::find_if(component.begin(), component.end(),
                                  [&](double c) { return std::abs(c) >= largest * (1.0 - 1e-9); });
  if (*first < 0.0) {
    component = -component;
  }
}

Result<void> CheckFinite(const Moments& moments) {
  if (!std::isfinite(std::accumulate(moments.mean().begin(), moments.mean().end(), 0.0))) {
    return Error{ErrorCode::kInvalidArgument,
                 "PCA needs finite vectors: leave out those with NaN or infinity"};
  }
  const std::size_t dims = moments.mean().size();
  for (std::size_t i = 0; i < dims; ++i) {
    if (!std::isfinite(moments.co_moments()[i * dims + i])) {
      return Error{ErrorCode::kInvalidArgument,
                   "PCA needs vectors whose squares are finite: leave out those with larger numbers"};
    }
  }
  return {};
}

Result<void> Check(const Moments& moments, const ComponentChoice& choice) {
  if (moments.count() < 2) {
    return Error{ErrorCode::kInvalidArgument,
                 "PCA needs at least 2 vectors, got " + std::to_string(moments.count())};
  }
  const auto* share = std::get_if<VarianceShare>(&choice);
  if (share != nullptr && !(share->share > 0.0 && share->share <= 1.0)) {
    return Error{
        ErrorCode::kInvalidArgument,
        "the share of variance to keep must be above 0 and at most 1, got " + std::to_string(share->share)};
  }
  return CheckFinite(moments);
}

}  // namespace

Result<PcaModel> FitPca(const Moments& moments, const ComponentChoice& choice, Scaling scaling) {
  if (const Result<void> checked = Check(moments, choice); !checked) {
    return checked.error();
  }
  Eigen::VectorXd scale = Deviations(moments);
  if ((scale.array() == 0.0).all()) {
    return Error{ErrorCode::kInvalidArgument,
                 "PCA needs vectors that differ: all " + std::to_string(moments.count()) + " are the same"};
  }
  if (scaling == Scaling::kNone) scale = (scale.array() > 0.0).select(1.0, scale);
  auto eigen = stats::SymmetricEigen::Of(ScaledCovariance(moments, scale), moments.dims());
  if (!eigen) {
    return NotConverged();
  }
  const Eigen::VectorXd variances =
      Eigen::VectorXd::Map(eigen->values().data(), moments.dims()).cwiseMax(0.0);
  const Result<int> k = ChooseCount(variances, moments.count(), choice);
  if (!k) {
    return k.error();
  }
  auto components = eigen->Vectors(*k);
  if (!components) {
    return NotConverged();
  }
  for (auto&& component : RowMajor::Map(components->data(), *k, moments.dims()).rowwise()) {
    FixSign(component);
  }
  scale = (scale.array() > 0.0).select(scale, 1.0);
  const Eigen::VectorXd ratios = variances / variances.sum();
  return PcaModel{.dims = moments.dims(),
                  .k = *k,
                  .count = moments.count(),
                  .mean = moments.mean(),
                  .scale = {scale.begin(), scale.end()},
                  .components = *std::move(components),
                  .explained_variance = {variances.begin(), variances.begin() + *k},
                  .explained_variance_ratio = {ratios.begin(), ratios.begin() + *k}};
}

}  // namespace coulis
