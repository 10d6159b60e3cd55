// How much each input pixel counts for each output pixel, along one axis.
#pragma once

#include <cstdint>
#include <vector>

#include "coulis/image.h"

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

/// The resampling of an axis from `in` to `resized` pixels, of which [first, first + out) are wanted. `in`
/// and `out` ≥ 1.
struct AxisRequest {
  ResizeFilter filter = ResizeFilter::kBicubic;
  int in = 0;
  int resized = 0;
  int first = 0;
  int out = 0;
  bool operator==(const AxisRequest&) const = default;
};

/// All of the resized axis.
[[nodiscard]] inline AxisRequest WholeAxis(ResizeFilter filter, int in, int out) {
  return {.filter = filter, .in = in, .resized = out, .first = 0, .out = out};
}

/// Pillow's filter, widened by the scale when shrinking.
[[nodiscard]] AxisWeights ResizeWeights(const AxisRequest& request);

}  // namespace coulis::image
