#include "coulis/pca.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "random_rows.h"

namespace coulis {
namespace {

Moments MomentsOf(std::span<const float> rows, int dims) {
  Moments moments(dims);
  moments.Add(rows);
  return moments;
}

std::vector<float> Project(const PcaModel& model, std::span<const float> rows) {
  const PcaProjector projector(model);
  std::vector<float> out(rows.size() / static_cast<std::size_t>(model.dims) *
                         static_cast<std::size_t>(model.k));
  projector.Project(rows, out);
  return out;
}

std::span<const double> Component(const PcaModel& model, int j) {
  const auto dims = static_cast<std::size_t>(model.dims);
  return std::span(model.components).subspan(static_cast<std::size_t>(j) * dims, dims);
}

double Dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

bool AllFinite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

TEST(FitPca, ProjectingTheTrainingRowsGivesTheExplainedVariances) {
  constexpr int kDims = 24;
  const std::vector<float> rows = RandomRows(500, kDims, 1);
  const auto model = FitPca(MomentsOf(rows, kDims), ComponentCount{10});
  ASSERT_TRUE(model) << model.error().message;
  const Moments projected = MomentsOf(Project(*model, rows), 10);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_NEAR(projected.mean()[i], 0.0, 1e-6);
    EXPECT_NEAR(projected.co_moments()[i * 11] / 499, model->explained_variance[i], 1e-6);
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NEAR(projected.co_moments()[i * 10 + j] / 499, 0.0, 1e-6) << "correlated: " << i << "," << j;
    }
  }
}

TEST(FitPca, ComponentsAreOrthonormalByFallingVariance) {
  constexpr int kDims = 40;
  const auto model = FitPca(MomentsOf(RandomRows(300, kDims, 2), kDims), ComponentCount{kDims});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE(std::ranges::is_sorted(model->explained_variance, std::greater<>()));
  for (int i = 0; i < kDims; ++i) {
    for (int j = 0; j <= i; ++j) {
      EXPECT_NEAR(Dot(Component(*model, i), Component(*model, j)), i == j ? 1.0 : 0.0, 1e-12);
    }
  }
}

TEST(FitPca, AllVariancesSumToThoseOfTheStandardisedColumns) {
  constexpr int kDims = 12;
  constexpr int kRows = 100;
  const auto model = FitPca(MomentsOf(RandomRows(kRows, kDims, 3), kDims), ComponentCount{kDims});
  ASSERT_TRUE(model) << model.error().message;
  const double total =
      std::accumulate(model->explained_variance.begin(), model->explained_variance.end(), 0.0);
  EXPECT_NEAR(total, kDims * static_cast<double>(kRows) / (kRows - 1), 1e-10);
  EXPECT_NEAR(
      std::accumulate(model->explained_variance_ratio.begin(), model->explained_variance_ratio.end(), 0.0),
      1.0, 1e-12);
}

TEST(FitPca, SignsAreFixed) {
  constexpr int kDims = 30;
  const auto model = FitPca(MomentsOf(RandomRows(200, kDims, 4), kDims), ComponentCount{kDims});
  ASSERT_TRUE(model) << model.error().message;
  for (int j = 0; j < kDims; ++j) {
    const auto component = Component(*model, j);
    EXPECT_GT(*std::ranges::max_element(component, {}, [](double c) { return std::abs(c); }), 0.0);
  }
}

TEST(FitPca, SignOfEqualCoefficientsIsThatOfTheFirst) {
  // Two columns have the components (1, 1) and (1, -1), over the square root of 2.
  const auto model = FitPca(MomentsOf(RandomRows(50, 2, 5), 2), ComponentCount{2});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_NEAR(Component(*model, 0)[0], std::sqrt(0.5), 1e-9);
  EXPECT_NEAR(Component(*model, 1)[0], std::sqrt(0.5), 1e-9);
}

TEST(FitPca, ShareKeepsTheFewestComponentsThatReachIt) {
  constexpr int kDims = 20;
  const Moments moments = MomentsOf(RandomRows(400, kDims, 6), kDims);
  for (const double share : {0.01, 0.5, 0.9, 0.95, 0.999}) {
    const auto model = FitPca(moments, VarianceShare{share});
    ASSERT_TRUE(model) << model.error().message;
    const std::vector<double>& ratios = model->explained_variance_ratio;
    const double explained = std::accumulate(ratios.begin(), ratios.end(), 0.0);
    EXPECT_GE(explained, share);
    EXPECT_LT(explained - ratios.back(), share);
  }
}

TEST(FitPca, WholeShareKeepsEveryComponentThatVaries) {
  // Column d holds one of three independent columns: rank 3.
  const std::vector<float> base = RandomRows(100, 3, 7);
  std::vector<float> rows;
  for (std::size_t r = 0; r < 100; ++r) {
    for (std::size_t d = 0; d < 9; ++d) {
      rows.push_back(base[r * 3 + d % 3]);
    }
  }
  const auto model = FitPca(MomentsOf(rows, 9), VarianceShare{1.0});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->k, 3);
}

TEST(FitPca, ConstantColumnGivesNoNaN) {
  constexpr int kDims = 6;
  std::vector<float> rows = RandomRows(80, kDims, 8);
  for (std::size_t r = 0; r < 80; ++r) {
    rows[r * kDims + 2] = 0.1F;
    rows[r * kDims + 5] = 0.0F;
  }
  const auto model = FitPca(MomentsOf(rows, kDims), VarianceShare{1.0});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->k, 4);
  EXPECT_EQ(model->scale[2], 1.0);
  EXPECT_EQ(model->scale[5], 1.0);
  EXPECT_TRUE(AllFinite(model->components) && AllFinite(model->explained_variance_ratio));
  for (int j = 0; j < model->k; ++j) {
    EXPECT_NEAR(Component(*model, j)[2], 0.0, 1e-12);
  }
}

TEST(FitPca, ConstantLargeColumnIsNotTakenForVariance) {
  // Merged from many parts: what rounding leaves of its variance must not become a feature.
  std::vector<float> rows;
  for (int r = 0; r < 1000; ++r) {
    rows.insert(rows.end(), {1e6F + 1.0F / 3, static_cast<float>(r), static_cast<float>(r * r % 7)});
  }
  Moments merged(3);
  for (std::size_t r = 0; r < 1000; r += 10) {
    merged.Merge(MomentsOf(std::span(rows).subspan(r * 3, 30), 3));
  }
  const auto model = FitPca(merged, VarianceShare{1.0});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->scale[0], 1.0);
  EXPECT_EQ(model->k, 2);
}

TEST(FitPca, FewerRowsThanFeaturesKeepsAtMostOneLessThanTheRows) {
  constexpr int kDims = 50;
  const Moments moments = MomentsOf(RandomRows(6, kDims, 9), kDims);
  const auto whole = FitPca(moments, VarianceShare{1.0});
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->k, 5);
  EXPECT_TRUE(FitPca(moments, ComponentCount{5}));
  const auto too_many = FitPca(moments, ComponentCount{6});
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(too_many.error().message, testing::HasSubstr("choose 1 to 5"));
}

TEST(FitPca, WithoutScalingColumnsWeighWhatTheyVary) {
  constexpr int kDims = 6;
  std::vector<float> rows = RandomRows(200, kDims, 12);
  for (std::size_t r = 0; r < 200; ++r) {
    rows[r * kDims] *= 1000.0F;
    rows[r * kDims + 1] = 7.0F;
  }
  const Moments moments = MomentsOf(rows, kDims);
  const auto model = FitPca(moments, ComponentCount{kDims}, Scaling::kNone);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_THAT(model->scale, testing::Each(1.0));
  EXPECT_GT(Component(*model, 0)[0], 0.999999);
  EXPECT_EQ(Component(*model, 0)[1], 0.0);
  double total = 0.0;
  for (std::size_t i = 0; i < kDims; ++i) total += moments.co_moments()[i * kDims + i] / 199;
  const double explained =
      std::accumulate(model->explained_variance.begin(), model->explained_variance.end(), 0.0);
  EXPECT_NEAR(explained, total, 1e-9 * total);
}

TEST(FitPca, RefusesSquaresBeyondDouble) {
  Moments moments(2);
  moments.Add(std::vector<double>{1, 2, 3, 1e200, 5, -1e200});
  const auto model = FitPca(moments, VarianceShare{});
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, testing::HasSubstr("squares are finite"));
}

TEST(FitPca, RefusesWhatCannotBeFitted) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> good = {1, 2, 3, 4, 5, 7};
  const struct {
    std::vector<float> rows;
    ComponentChoice choice;
    const char* message;
  } cases[] = {
      {{}, VarianceShare{}, "at least 2"},
      {{1, 2}, VarianceShare{}, "at least 2"},
      {{1, 2, 1, 2, 1, 2}, VarianceShare{}, "are the same"},
      {{1, 2, kNaN, 2, 1, 3}, VarianceShare{}, "finite"},
      {{1, 2, kInfinity, 2, 1, 3}, VarianceShare{}, "finite"},
      {good, VarianceShare{0.0}, "share"},
      {good, VarianceShare{1.01}, "share"},
      {good, VarianceShare{std::numeric_limits<double>::quiet_NaN()}, "share"},
      {good, ComponentCount{0}, "choose 1 to 2"},
      {good, ComponentCount{3}, "choose 1 to 2"},
  };
  for (const auto& refused : cases) {
    const auto model = FitPca(MomentsOf(refused.rows, 2), refused.choice);
    ASSERT_FALSE(model) << refused.message;
    EXPECT_EQ(model.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(model.error().message, testing::HasSubstr(refused.message));
  }
}

TEST(PcaProjector, EqualsTheFormula) {
  constexpr int kDims = 37;
  const std::vector<float> rows = RandomRows(60, kDims, 10);
  for (const int k : {1, 7, 8, 9, 17, 36}) {
    const auto model = FitPca(MomentsOf(rows, kDims), ComponentCount{k});
    ASSERT_TRUE(model) << model.error().message;
    const std::vector<float> projected = Project(*model, rows);
    for (std::size_t r = 0; r < 60; ++r) {
      for (int j = 0; j < k; ++j) {
        double sum = 0.0;
        for (std::size_t d = 0; d < kDims; ++d) {
          sum += Component(*model, j)[d] * (double{rows[r * kDims + d]} - model->mean[d]) / model->scale[d];
        }
        EXPECT_NEAR(projected[r * static_cast<std::size_t>(k) + static_cast<std::size_t>(j)], sum,
                    1e-6 * (1 + std::abs(sum)));
      }
    }
  }
}

TEST(PcaProjector, DoublesGiveTheBitsOfTheSameFloats) {
  constexpr int kDims = 37;
  const std::vector<float> rows = RandomRows(60, kDims, 13);
  const std::vector<double> wide(rows.begin(), rows.end());
  const auto model = FitPca(MomentsOf(rows, kDims), ComponentCount{9});
  ASSERT_TRUE(model) << model.error().message;
  std::vector<float> projected(60 * std::size_t{9});
  PcaProjector(*model).Project(wide, projected);
  EXPECT_EQ(projected, Project(*model, rows));
}

TEST(PcaProjector, ARowsBitsDoNotDependOnItsNeighbours) {
  constexpr std::size_t kDims = 45;
  constexpr std::size_t kRows = 70;
  const std::vector<float> rows = RandomRows(kRows, kDims, 11);
  const auto model = FitPca(MomentsOf(rows, kDims), ComponentCount{19});
  ASSERT_TRUE(model) << model.error().message;
  const std::vector<float> together = Project(*model, rows);
  for (const std::size_t batch : std::initializer_list<std::size_t>{1, 2, 3, 5, 8, 33}) {
    for (std::size_t r = 0; r + batch <= kRows; r += batch) {
      const std::vector<float> apart = Project(*model, std::span(rows).subspan(r * kDims, batch * kDims));
      EXPECT_TRUE(
          std::equal(apart.begin(), apart.end(), together.begin() + static_cast<std::ptrdiff_t>(r * 19)))
          << "rows " << r << " to " << r + batch;
    }
  }
}

}  // namespace
}  // namespace coulis
