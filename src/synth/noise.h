#pragma once

#include <vector>

#include "synth/exact_math.h"

namespace coulis::synth {

/// Smooth random texture without visible period, from one fixed tile. Immutable: shared by all threads.
class Noise {
 public:
  Noise();

  /// Value noise in [-1, 1] with features about 1 apart.
  [[nodiscard]] float At(float x, float y) const;

  /// Sum of `octaves` of At, each twice as fine and half as strong; in [-2, 2].
  [[nodiscard]] float Fractal(float x, float y, int octaves) const;

 private:
  static constexpr int kSide = 128;
  std::vector<float> tile_;
};

// In the header because a picture asks for it some thirty million times.
inline float Noise::At(float x, float y) const {
  const int column = Floor(x);
  const int row = Floor(y);
  const float fx = x - static_cast<float>(column);
  const float fy = y - static_cast<float>(row);
  constexpr unsigned kMask = kSide - 1;
  const unsigned left = static_cast<unsigned>(column) & kMask;
  const unsigned right = (left + 1) & kMask;
  const float* top = tile_.data() + (static_cast<unsigned>(row) & kMask) * kSide;
  const float* bottom = tile_.data() + ((static_cast<unsigned>(row) + 1) & kMask) * kSide;
  const float across = fx * fx * (3.0F - 2.0F * fx);
  const float down = fy * fy * (3.0F - 2.0F * fy);
  const float above = top[left] + (top[right] - top[left]) * across;
  const float below = bottom[left] + (bottom[right] - bottom[left]) * across;
  return above + (below - above) * down;
}

}  // namespace coulis::synth
