// How much each input pixel counts for each output pixel, along one axis.
#pragma once

#include <cstdint>
#include <vector>

namespace coulis::image {

/// Weights are integers in units of 1 / 2^kWeightBits, as in Pillow (src/libImaging/Resample.c,
/// PRECISION_BITS): 8 bits for the pixel, 2 for the filter's overshoot, 22 for the weight make an exact
/// 32-bit sum.
inline constexpr int kWeightBits = 32 - 8 - 2;

/// Weights come in groups of this many taps, so that the kernels have no remainder to treat.
inline constexpr int kTapGroup = 4;

/// The resampling of one axis from `in` to `out` pixels: output i is the sum over t < taps of
/// weights[i * taps + t] * input[first[i] + t]. `taps` is a multiple of kTapGroup; surplus weights are 0, and
/// first[i] + taps exceeds `in` only when `in` < taps.
struct AxisWeights {
  int in = 0;
  int out = 0;
  int taps = 0;
  std::vector<int> first;
  std::vector<std::int32_t> weights;
};

/// Pillow's bicubic filter (a = -0.5), widened by the scale when shrinking. `in` and `out` ≥ 1.
[[nodiscard]] AxisWeights BicubicWeights(int in, int out);

}  // namespace coulis::image
