// Arithmetic whose every bit is the same on every machine: only + - * / and sqrt, which IEEE 754 rounds
// exactly (and -ffp-contract=off keeps apart). libm's other functions differ in their last bit from one to
// the next, so none of them may feed a pixel.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <numbers>

namespace coulis::synth {

static_assert(FLT_EVAL_METHOD == 0, "floats must be computed as floats: build for SSE2, not x87");

struct Vec3 {
  float x = 0, y = 0, z = 0;
};
constexpr Vec3 operator+(Vec3 a, Vec3 b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
constexpr Vec3 operator*(Vec3 a, Vec3 b) {
  return {a.x * b.x, a.y * b.y, a.z * b.z};
}
constexpr Vec3 operator*(Vec3 a, float s) {
  return {a.x * s, a.y * s, a.z * s};
}
constexpr float Dot(Vec3 a, Vec3 b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vec3 Normalised(Vec3 a) {
  return a * (1.0F / std::sqrt(Dot(a, a)));
}

struct Vec2 {
  float x = 0, y = 0;
};

template <typename T>
constexpr T Mix(T a, T b, float share) {
  return a * (1.0F - share) + b * share;
}

constexpr float Square(float x) {
  return x * x;
}
constexpr float Clamp01(float x) {
  return std::min(std::max(x, 0.0F), 1.0F);
}

/// 0 below `from`, 1 above `to`, smooth between; `from` may be the larger. Times the reciprocal, because that
/// is a constant wherever the two ends are.
constexpr float SmoothStep(float from, float to, float x) {
  const float t = Clamp01((x - from) * (1.0F / (to - from)));
  return t * t * (3.0F - 2.0F * t);
}

/// Largest whole number ≤ x, for |x| < 2^31.
constexpr int Floor(float x) {
  const int truncated = static_cast<int>(x);
  return truncated - (x < static_cast<float>(truncated) ? 1 : 0);
}

/// Wave of period 1: 1 at whole numbers, -1 midway, straight between.
constexpr float TriangleWave(float x) {
  const float f = x - static_cast<float>(Floor(x));
  return f < 0.5F ? 1.0F - 4.0F * f : 4.0F * f - 3.0F;
}

/// asin(x) / (pi/2) within 0.0005, for |x| ≤ 1: sqrt(1 - x) times a cubic (Abramowitz and Stegun 4.4.45).
inline float AsinShare(float x) {
  const float a = std::min(std::abs(x), 1.0F);
  const float acos =
      std::sqrt(1.0F - a) * (1.5707288F + a * (-0.2121144F + a * (0.0742610F - 0.0187293F * a)));
  const float share = 1.0F - acos * 0.63661977F;
  return x < 0.0F ? -share : share;
}

/// A unit vector at about `turns` from (1, 0), -0.5 to 0.5: exactly of length 1, its angle within a
/// twentieth.
constexpr Vec2 UnitVector(float turns) {
  const float half = turns * std::numbers::pi_v<float>;
  const float tan = half * (1.0F + half * half * (1.0F / 3.0F + half * half * (2.0F / 15.0F)));
  const float scale = 1.0F / (1.0F + tan * tan);
  return {(1.0F - tan * tan) * scale, 2.0F * tan * scale};
}

/// The angle of (x, y) in turns, 0 to 1, within 0.002: where the ray meets the diamond |x| + |y| = 1, bent to
/// the circle by the cubic that agrees with it at the middle and the ends of each quarter. (0, 0) gives 0.
constexpr float Turns(float x, float y) {
  const float size = std::max(x, -x) + std::max(y, -y);
  if (size == 0.0F) return 0.0F;
  const float quarters = y >= 0.0F ? 1.0F - x / size : 3.0F + x / size;
  const float w = quarters - static_cast<float>(static_cast<int>(quarters));
  return 0.25F * (quarters - 0.48F * w * (1.0F - w) * (1.0F - 2.0F * w));
}

}  // namespace coulis::synth
