#pragma once

#include <span>
#include <string_view>

namespace coulis::stats {

/// A symmetric matrix A = Q T Q^T with T tridiagonal and Q a product of Householder reflections, compiled for
/// one instruction set. Matrices are column-major; n ≥ 2.
struct HouseholderKernel {
  std::string_view name;  ///< "baseline" or "avx2"; AVX-512 was no faster.
  /// Reads the lower triangle of `matrix`, [n, n], and leaves Q packed in it and in `reflectors`, [n - 1].
  void (*reduce)(double* matrix, int n, double* diagonal, double* subdiagonal, double* reflectors);
  /// Multiplies `vectors`, [n, k], by that Q from the left.
  void (*restore)(const double* packed, const double* reflectors, int n, double* vectors, int k);
};

/// The kernels that this processor runs, slowest first; never empty.
[[nodiscard]] std::span<const HouseholderKernel> AvailableHouseholderKernels();

}  // namespace coulis::stats
