#pragma once

#include <optional>
#include <vector>

namespace coulis::stats {

/// Eigenvalues of a symmetric matrix and, on demand, the eigenvectors of the largest ones.
class SymmetricEigen {
 public:
  /// `matrix`: [n, n] with n ≥ 1, of finite numbers; only its lower triangle (row-major) is read.
  /// Empty when the eigenvalues do not converge.
  static std::optional<SymmetricEigen> Of(std::vector<double> matrix, int n);

  /// All n, falling.
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

  /// Orthonormal eigenvectors of the first k values: [k, n], row-major. Empty when they do not converge.
  [[nodiscard]] std::optional<std::vector<double>> Vectors(int k) const;

 private:
  SymmetricEigen() = default;

  std::vector<double> packed_;  // the reflections that make the matrix tridiagonal
  std::vector<double> reflectors_;
  std::vector<double> diagonal_;
  std::vector<double> subdiagonal_;
  std::vector<double> values_;
};

}  // namespace coulis::stats
