#include "pipeline/precision_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace coulis {
namespace {

std::vector<float> UnitRows(std::size_t count, std::size_t length) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> rows(count * length);
  for (std::size_t row = 0; row < count; ++row) {
    double square = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const float value = normal(random);
      rows[row * length + i] = value;
      square += static_cast<double>(value) * static_cast<double>(value);
    }
    for (std::size_t i = 0; i < length; ++i) rows[row * length + i] /= static_cast<float>(std::sqrt(square));
  }
  return rows;
}

TEST(NearestRowsTest, EqualsTheSearchInDoublePrecision) {
  constexpr std::size_t kCount = 40;
  constexpr std::size_t kLength = 21;  // No multiple of what is added at once.
  const std::vector<float> rows = UnitRows(kCount, kLength);
  const std::vector<std::size_t> nearest = NearestRows(rows, kLength);
  ASSERT_EQ(nearest.size(), kCount);
  for (std::size_t row = 0; row < kCount; ++row) {
    double best = -2;
    std::size_t expected = 0;
    for (std::size_t other = 0; other < kCount; ++other) {
      double inner = 0;
      for (std::size_t i = 0; i < kLength; ++i)
        inner +=
            static_cast<double>(rows[row * kLength + i]) * static_cast<double>(rows[other * kLength + i]);
      if (other != row && inner > best) {
        best = inner;
        expected = other;
      }
    }
    EXPECT_EQ(nearest[row], expected);
  }
}

TEST(NearestRowsTest, NoRowIsItsOwnNeighbourAndTheFirstOfEqualsWins) {
  const std::vector<float> rows = {1, 0, 1, 0, 1, 0};
  EXPECT_EQ(NearestRows(rows, 2), (std::vector<std::size_t>{1, 0, 0}));
}

}  // namespace
}  // namespace coulis
