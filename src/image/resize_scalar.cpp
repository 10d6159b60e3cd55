// The reference: what every other kernel must equal to the bit.
#include <algorithm>

#include "image/resize_kernel.h"
#include "image/row_sink.h"

namespace coulis::image {
namespace {

std::uint8_t Clip(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

void Pack(const std::int32_t* group, std::int32_t* packed) {
  std::copy_n(group, kTapGroup, packed);
}

void Horizontal(const Axis& axis, const std::uint8_t* row, std::uint8_t* out) {
  const AxisWeights& weights = axis.weights;
  const int taps = std::min(weights.taps, weights.in);
  for (int x = 0; x < weights.out; ++x) {
    const std::uint8_t* pixel = row + RowBytes(weights.first[static_cast<std::size_t>(x)]);
    const std::int32_t* weight = axis.PackedOf(x);
    std::int32_t sum[3] = {kRoundHalf, kRoundHalf, kRoundHalf};
    for (int t = 0; t < taps; ++t, pixel += 3) {
      for (int c = 0; c < 3; ++c) sum[c] += pixel[c] * weight[t];
    }
    for (const std::int32_t channel : sum) *out++ = Clip(channel);
  }
}

void Vertical(const std::int32_t* packed, int groups, const std::uint8_t* const* rows, std::size_t bytes,
              std::uint8_t* out) {
  for (std::size_t i = 0; i < bytes; ++i) {
    std::int32_t sum = kRoundHalf;
    for (int t = 0; t < groups * kTapGroup; ++t) sum += rows[t][i] * packed[t];
    out[i] = Clip(sum);
  }
}

}  // namespace

const ResizeKernelFunctions kScalarFunctions = {Pack, Horizontal, Vertical};

}  // namespace coulis::image
