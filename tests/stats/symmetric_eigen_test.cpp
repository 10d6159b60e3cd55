#include "stats/symmetric_eigen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include "stats/householder.h"
#include "stats/tridiagonal.h"

namespace coulis::stats {
namespace {

using Matrix = std::vector<double>;   // [n, n]
using Vectors = std::vector<double>;  // [k, n]

/// B B^T for a random B of this rank: eigenvalues from 0 upwards.
Matrix RandomSymmetric(std::size_t n, std::size_t rank, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<double> b(n * rank);
  for (double& value : b) value = normal(engine);
  Matrix matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      matrix[i * n + j] = std::inner_product(&b[i * rank], &b[i * rank] + rank, &b[j * rank], 0.0);
    }
  }
  return matrix;
}

/// Block-diagonal ones: many equal eigenvalues, and a reduction that falls apart.
Matrix Blocks(std::size_t n, std::size_t block) {
  Matrix matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) matrix[i * n + j] = i / block == j / block ? 1.0 : 0.0;
  }
  return matrix;
}

double Size(const Matrix& matrix) {
  return std::abs(*std::ranges::max_element(matrix, {}, [](double v) { return std::abs(v); }));
}

/// A v = value v for each, and all orthonormal, up to rounding.
void ExpectEigenvectors(const Matrix& matrix, std::size_t n, const std::vector<double>& values,
                        const Vectors& vectors) {
  const std::size_t k = vectors.size() / n;
  const double tolerance = 1e-13 * static_cast<double>(n) * std::max(1.0, Size(matrix));
  for (std::size_t v = 0; v < k; ++v) {
    const double* vector = &vectors[v * n];
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(std::inner_product(vector, vector + n, &matrix[i * n], 0.0), values[v] * vector[i],
                  tolerance)
          << "vector " << v << " of value " << values[v];
    }
    for (std::size_t w = 0; w <= v; ++w) {
      EXPECT_NEAR(std::inner_product(vector, vector + n, &vectors[w * n], 0.0), v == w ? 1.0 : 0.0, 1e-11)
          << v << "," << w;
    }
  }
}

struct Case {
  const char* name;
  std::size_t n;
  Matrix matrix;
};

std::vector<Case> Cases() {
  return {{"one", 1, {3.0}},
          {"two", 2, {2.0, 1.0, 1.0, 2.0}},
          {"full rank", 60, RandomSymmetric(60, 80, 1)},
          {"low rank", 60, RandomSymmetric(60, 4, 2)},
          {"rank one", 33, RandomSymmetric(33, 1, 3)},
          {"identity", 40, Blocks(40, 1)},
          {"equal blocks", 48, Blocks(48, 8)},
          {"all ones", 30, Blocks(30, 30)},
          {"zero", 20, Matrix(400)}};
}

TEST(SymmetricEigen, VectorsAreEigenvectors) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const auto eigen = SymmetricEigen::Of(c.matrix, static_cast<int>(c.n));
    ASSERT_TRUE(eigen);
    EXPECT_TRUE(std::ranges::is_sorted(eigen->values(), std::greater<>()));
    for (const std::size_t k : {std::size_t{1}, (c.n + 1) / 2, c.n}) {
      const auto vectors = eigen->Vectors(static_cast<int>(k));
      ASSERT_TRUE(vectors);
      ASSERT_EQ(vectors->size(), k * c.n);
      ExpectEigenvectors(c.matrix, c.n, eigen->values(), *vectors);
    }
  }
}

TEST(SymmetricEigen, OnlyTheLowerTriangleIsRead) {
  const Matrix whole = RandomSymmetric(12, 12, 4);
  Matrix lower = whole;
  for (std::size_t i = 0; i < 12; ++i) {
    for (std::size_t j = i + 1; j < 12; ++j) lower[i * 12 + j] = 1e9;
  }
  EXPECT_EQ(SymmetricEigen::Of(lower, 12)->values(), SymmetricEigen::Of(whole, 12)->values());
}

TEST(TridiagonalVectors, BothWaysGiveEigenvectors) {
  // The second difference: well known, with eigenvalues as close as they come.
  constexpr std::size_t kSize = 50;
  const std::vector<double> diagonal(kSize, 2.0);
  const std::vector<double> beside(kSize - 1, -1.0);
  Matrix matrix(kSize * kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    matrix[i * kSize + i] = 2.0;
    if (i > 0) matrix[i * kSize + i - 1] = matrix[(i - 1) * kSize + i] = -1.0;
  }
  const auto values = TridiagonalValues(diagonal, beside);
  ASSERT_TRUE(values);
  EXPECT_NEAR(values->front(), 2.0 + 2.0 * std::cos(std::acos(-1.0) / (kSize + 1)), 1e-13);
  for (const int k : {1, 7, 50}) {
    const auto by_qr = TridiagonalVectorsByQr(diagonal, beside, k);
    ASSERT_TRUE(by_qr);
    ExpectEigenvectors(matrix, kSize, *values, *by_qr);
    if (const auto by_lapack = TridiagonalVectorsByLapack(diagonal, beside, k)) {
      ExpectEigenvectors(matrix, kSize, *values, *by_lapack);
    }
  }
}

TEST(Householder, EveryKernelGivesTheSameMatrixBack) {
  constexpr std::size_t kSize = 37;
  const Matrix matrix = RandomSymmetric(kSize, 50, 5);
  for (const HouseholderKernel& kernel : AvailableHouseholderKernels()) {
    SCOPED_TRACE(kernel.name);
    Matrix packed = matrix;
    std::vector<double> diagonal(kSize), beside(kSize - 1), reflectors(kSize - 1);
    kernel.reduce(packed.data(), kSize, diagonal.data(), beside.data(), reflectors.data());
    const auto values = TridiagonalValues(diagonal, beside);
    auto vectors = TridiagonalVectorsByQr(diagonal, beside, kSize);
    ASSERT_TRUE(values && vectors);
    kernel.restore(packed.data(), reflectors.data(), kSize, vectors->data(), kSize);
    ExpectEigenvectors(matrix, kSize, *values, *vectors);
  }
}

}  // namespace
}  // namespace coulis::stats
