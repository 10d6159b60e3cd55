#include "coulis/moments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "random_rows.h"

namespace coulis {
namespace {

struct Expected {
  std::vector<long double> mean;
  std::vector<long double> co_moments;
};

/// The definition, in long double and two passes.
Expected TwoPass(std::span<const float> rows, std::size_t dims) {
  const std::size_t n = rows.size() / dims;
  Expected expected{std::vector<long double>(dims), std::vector<long double>(dims * dims)};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    expected.mean[i % dims] += rows[i] / static_cast<long double>(n);
  }
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t i = 0; i < dims; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        expected.co_moments[i * dims + j] +=
            (rows[r * dims + i] - expected.mean[i]) * (rows[r * dims + j] - expected.mean[j]);
      }
    }
  }
  return expected;
}

/// Within `tolerance` of the definition: means against their own size, co-moments against the geometric mean
/// of the two variances.
void ExpectEqual(const Moments& moments, const Expected& expected, long double tolerance = 1e-12L) {
  const auto dims = static_cast<std::size_t>(moments.dims());
  for (std::size_t i = 0; i < dims; ++i) {
    EXPECT_LE(std::abs(moments.mean()[i] - expected.mean[i]), tolerance * (1 + std::abs(expected.mean[i])));
    for (std::size_t j = 0; j <= i; ++j) {
      const long double size =
          std::sqrt(expected.co_moments[i * dims + i] * expected.co_moments[j * dims + j]);
      EXPECT_LE(std::abs(moments.co_moments()[i * dims + j] - expected.co_moments[i * dims + j]),
                tolerance * size)
          << i << "," << j;
    }
  }
}

Moments OnePass(std::span<const float> rows, int dims) {
  Moments moments(dims);
  moments.Add(rows);
  return moments;
}

TEST(Moments, EqualTheDefinition) {
  for (const int dims : {1, 2, 7, 8, 9, 31, 64, 70}) {
    for (const int n : {1, 2, 5, 255, 256, 257, 700}) {
      SCOPED_TRACE(testing::Message() << dims << " dims, " << n << " rows");
      const std::vector<float> rows = RandomRows(n, dims, 1);
      const Moments moments = OnePass(rows, dims);
      EXPECT_EQ(moments.count(), n);
      ExpectEqual(moments, TwoPass(rows, static_cast<std::size_t>(dims)));
    }
  }
}

TEST(Moments, AnyBlockSplitGivesTheSame) {
  constexpr int kDims = 33;
  const std::vector<float> rows = RandomRows(600, kDims, 2);
  const Expected expected = TwoPass(rows, kDims);
  for (const std::size_t block : std::initializer_list<std::size_t>{1, 3, 8, 100, 256, 599}) {
    SCOPED_TRACE(block);
    Moments moments(kDims);
    for (std::size_t begin = 0; begin < rows.size(); begin += block * kDims) {
      moments.Add(std::span(rows).subspan(begin, std::min(block * kDims, rows.size() - begin)));
    }
    EXPECT_EQ(moments.count(), 600);
    ExpectEqual(moments, expected);
  }
}

TEST(Moments, MergeEqualsSinglePass) {
  constexpr int kDims = 20;
  const std::vector<float> rows = RandomRows(1000, kDims, 3);
  const Expected expected = TwoPass(rows, kDims);
  const std::vector<std::size_t> ends = {0, 1, 400, 400, 999, 1000};
  std::vector<Moments> parts;
  for (std::size_t begin = 0; const std::size_t end : ends) {
    parts.push_back(OnePass(std::span(rows).subspan(begin * kDims, (end - begin) * kDims), kDims));
    begin = end;
  }
  std::mt19937 engine(4);
  for (int order = 0; order < 10; ++order) {
    std::shuffle(parts.begin(), parts.end(), engine);
    Moments merged(kDims);
    for (const Moments& part : parts) {
      merged.Merge(part);
    }
    EXPECT_EQ(merged.count(), 1000);
    ExpectEqual(merged, expected);
  }
}

TEST(Moments, DoublesGiveTheBitsOfTheSameFloats) {
  constexpr int kDims = 20;
  const std::vector<float> rows = RandomRows(300, kDims, 6);
  const std::vector<double> wide(rows.begin(), rows.end());
  const Moments expected = OnePass(rows, kDims);
  Moments moments(kDims);
  moments.Add(wide);
  EXPECT_EQ(moments.mean(), expected.mean());
  EXPECT_EQ(moments.co_moments(), expected.co_moments());
}

TEST(Moments, LargeOffsetsKeepTheirDigits) {
  constexpr int kDims = 10;
  std::vector<float> rows = RandomRows(2000, kDims, 5);
  for (float& value : rows) {
    value += 1e6F;
  }
  ExpectEqual(OnePass(rows, kDims), TwoPass(rows, kDims), 1e-11L);
}

TEST(Moments, ConstantColumnHasExactlyNoVariance) {
  std::vector<float> rows(3 * 1000);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = i % 3 == 1 ? 0.1F : static_cast<float>(i);
  }
  const Moments moments = OnePass(rows, 3);
  EXPECT_EQ(moments.mean()[1], static_cast<double>(0.1F));
  EXPECT_EQ(moments.co_moments()[1 * 3 + 1], 0.0);
  EXPECT_EQ(moments.co_moments()[1 * 3 + 0], 0.0);
  EXPECT_EQ(moments.co_moments()[2 * 3 + 1], 0.0);
}

TEST(Moments, NothingAddedIsNothing) {
  Moments moments(2);
  moments.Add(std::span<const float>());
  moments.Merge(Moments(2));
  EXPECT_EQ(moments.count(), 0);
  EXPECT_EQ(moments.mean(), (std::vector<double>{0.0, 0.0}));
}

}  // namespace
}  // namespace coulis
