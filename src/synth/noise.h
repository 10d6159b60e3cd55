#pragma once

#include <vector>

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

}  // namespace coulis::synth
