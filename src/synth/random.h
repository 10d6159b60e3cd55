#pragma once

#include <cstdint>

#include "synth/exact_math.h"

namespace coulis::synth {

/// SplitMix64's finaliser (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
constexpr std::uint64_t Scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// SplitMix64: a counter and a finaliser, so that streams with different keys are independent and one image
/// never depends on which other images were made.
class Random {
 public:
  constexpr explicit Random(std::uint64_t key) : state_(Scramble(key)) {}

  /// A stream of its own for each (key, index).
  constexpr Random(std::uint64_t key, std::uint64_t index) : Random(Scramble(key) + index * kStep) {}

  constexpr std::uint64_t Next() { return Scramble(state_ += kStep); }

  /// low ≤ x < high, in steps of 2^-24 of the range.
  constexpr float Uniform(float low, float high) {
    return low + (high - low) * (static_cast<float>(Next() >> 40) * 0x1p-24F);
  }

  /// 0 ≤ i < count; count far below 2^32.
  constexpr int Below(int count) {
    return static_cast<int>(((Next() >> 32) * static_cast<std::uint64_t>(count)) >> 32);
  }

  /// A unit vector within about `turns` of straight up in an image, whose y points down.
  Vec2 NearlyUp(float turns) {
    const Vec2 by = UnitVector(Uniform(-turns, turns));
    return {by.y, -by.x};
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
  std::uint64_t state_;
};

}  // namespace coulis::synth
