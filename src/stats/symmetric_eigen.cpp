#include "stats/symmetric_eigen.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "stats/householder.h"
#include "stats/tridiagonal.h"

namespace coulis::stats {
namespace {

const HouseholderKernel& BestKernel() {
  return AvailableHouseholderKernels().back();
}

}  // namespace

std::optional<SymmetricEigen> SymmetricEigen::Of(std::vector<double> matrix, int n) {
  const auto size = static_cast<std::size_t>(n);
  SymmetricEigen eigen;
  eigen.diagonal_.resize(size);
  eigen.subdiagonal_.resize(size - 1);
  eigen.reflectors_.resize(size - 1);
  if (n == 1) {
    eigen.diagonal_ = matrix;
  } else {
    // Row-major's lower triangle is column-major's upper one: mirror it, as Eigen reads the lower.
    Eigen::Map<Eigen::MatrixXd> symmetric(matrix.data(), n, n);
    symmetric.triangularView<Eigen::StrictlyLower>() = symmetric.transpose();
    BestKernel().reduce(matrix.data(), n, eigen.diagonal_.data(), eigen.subdiagonal_.data(),
                        eigen.reflectors_.data());
  }
  eigen.packed_ = std::move(matrix);

  auto values = TridiagonalValues(eigen.diagonal_, eigen.subdiagonal_);
  if (!values) return std::nullopt;
  eigen.values_ = *std::move(values);
  return eigen;
}

std::optional<std::vector<double>> SymmetricEigen::Vectors(int k) const {
  auto vectors = TridiagonalVectors(diagonal_, subdiagonal_, k);
  const auto n = static_cast<int>(values_.size());
  if (vectors && n > 1) BestKernel().restore(packed_.data(), reflectors_.data(), n, vectors->data(), k);
  return vectors;
}

}  // namespace coulis::stats
