// The two halves of an eigendecomposition that take the time, by Eigen. Included by one .cpp for each
// instruction set, which is compiled for it with Eigen's namespace renamed: else the linker would take
// Eigen's templates from any of them, and an older processor could meet instructions that it does not have.
// For the same reason nothing here may leave an inline function of the standard library in the object file; a
// test looks.
#pragma once

#include <Eigen/Eigenvalues>

namespace coulis::stats {
namespace {

/// See HouseholderKernel::reduce.
void Reduce(double* matrix, int n, double* diagonal, double* subdiagonal, double* reflectors) {
  Eigen::Map<Eigen::MatrixXd> packed(matrix, n, n);
  const Eigen::Tridiagonalization<Eigen::MatrixXd> reduced(packed);
  packed = reduced.packedMatrix();
  Eigen::VectorXd::Map(diagonal, n) = reduced.diagonal();
  Eigen::VectorXd::Map(subdiagonal, n - 1) = reduced.subDiagonal();
  Eigen::VectorXd::Map(reflectors, n - 1) = reduced.householderCoefficients();
}

/// See HouseholderKernel::restore.
void Restore(const double* packed, const double* reflectors, int n, double* vectors, int k) {
  using Matrix = Eigen::Map<const Eigen::MatrixXd>;
  using Vector = Eigen::Map<const Eigen::VectorXd>;
  const auto rotation =
      Eigen::HouseholderSequence<Matrix, Vector>(Matrix(packed, n, n), Vector(reflectors, n - 1))
          .setLength(n - 1)
          .setShift(1);
  Eigen::Map<Eigen::MatrixXd>(vectors, n, k).applyOnTheLeft(rotation);
}

}  // namespace
}  // namespace coulis::stats
