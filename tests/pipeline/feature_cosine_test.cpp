#include "pipeline/feature_cosine.h"

#include <gtest/gtest.h>

#include <array>

namespace coulis {
namespace {

TEST(FeatureCosine, IsThatOfTheAngleWhateverTheLengths) {
  EXPECT_DOUBLE_EQ(Cosine(std::array{3.0F, 4.0F}, std::array{6.0F, 8.0F}), 1);
  EXPECT_DOUBLE_EQ(Cosine(std::array{1.0F, 0.0F}, std::array{0.0F, 2.0F}), 0);
  EXPECT_DOUBLE_EQ(Cosine(std::array{3.0F, 4.0F}, std::array{1.0F, 0.0F}), 0.6);
  EXPECT_EQ(Cosine(std::array{0.0F, 0.0F}, std::array{1.0F, 0.0F}), 0);
}

TEST(Quantile, IsInterpolatedBetweenTheNearestValues) {
  EXPECT_DOUBLE_EQ(Quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(Quantile({10, 20}, 0.01), 10.1);
  EXPECT_DOUBLE_EQ(Quantile({7}, 0.01), 7);
  EXPECT_DOUBLE_EQ(Quantile({3, 1, 2}, 0), 1);
  EXPECT_DOUBLE_EQ(Quantile({3, 1, 2}, 1), 3);
}

TEST(FeatureCosine, PercentileIsInterpolatedAsNumPyDoes) {
  std::vector<double> cosines;
  for (int i = 10; i > 0; --i) cosines.push_back(0.1 * i);
  const FeatureCosine summary = SumUp(cosines);
  EXPECT_EQ(summary.images, 10);
  EXPECT_DOUBLE_EQ(summary.minimum, 0.1);
  EXPECT_DOUBLE_EQ(summary.mean, 0.55);
  EXPECT_NEAR(summary.first_percentile, 0.109, 1e-12);  // numpy.percentile(numpy.arange(1, 11) / 10, 1)
}

TEST(FeatureCosine, OfNoImagesIsNothing) {
  EXPECT_EQ(SumUp({}).images, 0);
}

}  // namespace
}  // namespace coulis
