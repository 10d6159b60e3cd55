#pragma once

#include <optional>
#include <span>
#include <vector>

namespace coulis::stats {

/// All eigenvalues, falling, of the symmetric tridiagonal matrix with this diagonal, [n], and the elements
/// beside it, [n - 1]. Empty when they do not converge.
std::optional<std::vector<double>> TridiagonalValues(std::span<const double> diagonal,
                                                     std::span<const double> subdiagonal);

/// Orthonormal eigenvectors of its k largest eigenvalues, one after the other, by falling eigenvalue: [k, n].
/// Empty when they do not converge. By LAPACK where the build found it, else by Eigen.
std::optional<std::vector<double>> TridiagonalVectors(std::span<const double> diagonal,
                                                      std::span<const double> subdiagonal, int k);

/// The two ways, for the tests. LAPACK's (DSTEMR: multiple relatively robust representations; Dhillon,
/// Parlett, Vömel 2006) costs n k, Eigen's (implicit QR) n^3. The first is always empty in a build without
/// LAPACK.
std::optional<std::vector<double>> TridiagonalVectorsByLapack(std::span<const double> diagonal,
                                                              std::span<const double> subdiagonal, int k);
std::optional<std::vector<double>> TridiagonalVectorsByQr(std::span<const double> diagonal,
                                                          std::span<const double> subdiagonal, int k);

}  // namespace coulis::stats
