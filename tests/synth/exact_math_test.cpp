#include "synth/exact_math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace coulis::synth {
namespace {

constexpr double kPi = 3.14159265358979;

TEST(ExactMath, FloorIsTheLargestWholeNumberNotAbove) {
  for (const float x : {-2.5F, -2.0F, -0.1F, 0.0F, 0.1F, 0.999F, 1.0F, 7.3F}) {
    EXPECT_EQ(static_cast<float>(Floor(x)), std::floor(x)) << x;
  }
}

TEST(ExactMath, AsinIsCloseToTheRealOne) {
  for (int i = -100; i <= 100; ++i) {
    const float x = static_cast<float>(i) / 100.0F;
    EXPECT_NEAR(AsinShare(x), std::asin(double{x}) / (kPi / 2), 5e-4) << x;
  }
}

TEST(ExactMath, TurnsIsCloseToTheAngle) {
  for (int i = 0; i < 360; ++i) {
    const double turns = i / 360.0;
    const auto x = static_cast<float>(std::cos(2 * kPi * turns));
    const auto y = static_cast<float>(std::sin(2 * kPi * turns));
    EXPECT_NEAR(Turns(x, y), turns, 0.002) << i << " degrees";
  }
  EXPECT_EQ(Turns(0.0F, 0.0F), 0.0F);
}

TEST(ExactMath, UnitVectorIsOneLongAndNearlyAtItsAngle) {
  for (int i = -50; i <= 50; ++i) {
    const float turns = static_cast<float>(i) / 100.0F;
    const Vec2 v = UnitVector(turns);
    EXPECT_NEAR(v.x * v.x + v.y * v.y, 1.0F, 1e-6F);
    EXPECT_NEAR(std::atan2(double{v.y}, double{v.x}) / (2 * kPi), double{turns}, 0.08) << turns;
  }
}

TEST(ExactMath, TriangleWaveIsHighAtWholeNumbersAndLowBetween) {
  EXPECT_EQ(TriangleWave(0.0F), 1.0F);
  EXPECT_EQ(TriangleWave(-3.0F), 1.0F);
  EXPECT_EQ(TriangleWave(0.5F), -1.0F);
  EXPECT_EQ(TriangleWave(1.25F), 0.0F);
}

}  // namespace
}  // namespace coulis::synth
