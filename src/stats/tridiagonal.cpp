#include "stats/tridiagonal.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

namespace coulis::stats {
namespace {

using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;

std::optional<Solver> Solve(std::span<const double> diagonal, std::span<const double> subdiagonal,
                            int wanted) {
  const auto n = static_cast<Eigen::Index>(diagonal.size());
  Solver solver(n);
  solver.computeFromTridiagonal(Eigen::VectorXd::Map(diagonal.data(), n),
                                Eigen::VectorXd::Map(subdiagonal.data(), n - 1), wanted);
  if (solver.info() != Eigen::Success) return std::nullopt;
  return solver;
}

}  // namespace

std::optional<std::vector<double>> TridiagonalValues(std::span<const double> diagonal,
                                                     std::span<const double> subdiagonal) {
  const std::optional<Solver> solver = Solve(diagonal, subdiagonal, Eigen::EigenvaluesOnly);
  if (!solver) return std::nullopt;
  const Eigen::VectorXd falling = solver->eigenvalues().reverse();
  return std::vector<double>(falling.begin(), falling.end());
}

std::optional<std::vector<double>> TridiagonalVectorsByQr(std::span<const double> diagonal,
                                                          std::span<const double> subdiagonal, int k) {
  const std::optional<Solver> solver = Solve(diagonal, subdiagonal, Eigen::ComputeEigenvectors);
  if (!solver) return std::nullopt;
  const Eigen::MatrixXd vectors = solver->eigenvectors().rowwise().reverse().leftCols(k);
  return std::vector<double>(vectors.data(), vectors.data() + vectors.size());
}

std::optional<std::vector<double>> TridiagonalVectors(std::span<const double> diagonal,
                                                      std::span<const double> subdiagonal, int k) {
  if (auto vectors = TridiagonalVectorsByLapack(diagonal, subdiagonal, k)) return vectors;
  return TridiagonalVectorsByQr(diagonal, subdiagonal, k);
}

}  // namespace coulis::stats
