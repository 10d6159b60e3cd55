// NEON (aarch64). A 32-bit multiply-add is fast here, so the weights are used as they are.
#if defined(__aarch64__)

#include <arm_neon.h>

#include <algorithm>
#include <cstring>

#include "image/resize_kernel.h"

namespace coulis::image {
namespace {

constexpr std::size_t kBlock = sizeof(uint8x16_t);

void Pack(const std::int32_t* group, std::int32_t* packed) {
  std::copy_n(group, kTapGroup, packed);
}

/// 8-bit levels of two times four sums: shifted and clipped, as the scalar twin does.
inline uint8x8_t Level(int32x4_t lower, int32x4_t upper) {
  const int16x4_t lower_words = vqmovn_s32(vshrq_n_s32(lower, kWeightBits));
  const int16x4_t upper_words = vqmovn_s32(vshrq_n_s32(upper, kWeightBits));
  return vqmovun_s16(vcombine_s16(lower_words, upper_words));
}

/// Four bytes, each in a word of its own.
inline int32x4_t Widen(const std::uint8_t* bytes) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const uint8x8_t packed = vreinterpret_u8_u32(vdup_n_u32(word));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(packed))));
}

void Horizontal(const Axis& axis, const std::uint8_t* row, std::uint8_t* out) {
  const int taps = axis.weights.taps;
  for (int x = 0; x < axis.weights.out; ++x, out += 3) {
    const std::uint8_t* pixel =
        row + 3 * static_cast<std::ptrdiff_t>(axis.weights.first[static_cast<std::size_t>(x)]);
    const std::int32_t* weight = axis.PackedOf(x);
    int32x4_t sum = vdupq_n_s32(kRoundHalf);
    for (int t = 0; t < taps; ++t, pixel += 3) sum = vmlaq_n_s32(sum, Widen(pixel), weight[t]);
    const std::uint32_t bytes = vget_lane_u32(vreinterpret_u32_u8(Level(sum, sum)), 0);
    std::memcpy(out, &bytes, sizeof bytes);  // one byte more than the pixel: the next one overwrites it
  }
}

/// 16 columns of one output row.
inline uint8x16_t VerticalBlock(const std::int32_t* packed, int groups, const std::uint8_t* const* rows,
                                std::size_t column) {
  int32x4_t sums[4] = {vdupq_n_s32(kRoundHalf), vdupq_n_s32(kRoundHalf), vdupq_n_s32(kRoundHalf),
                       vdupq_n_s32(kRoundHalf)};
  for (int t = 0; t < groups * kTapGroup; ++t) {
    const uint8x16_t bytes = vld1q_u8(rows[t] + column);
    const uint16x8_t lower = vmovl_u8(vget_low_u8(bytes));
    const uint16x8_t upper = vmovl_u8(vget_high_u8(bytes));
    sums[0] = vmlaq_n_s32(sums[0], vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(lower))), packed[t]);
    sums[1] = vmlaq_n_s32(sums[1], vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(lower))), packed[t]);
    sums[2] = vmlaq_n_s32(sums[2], vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(upper))), packed[t]);
    sums[3] = vmlaq_n_s32(sums[3], vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(upper))), packed[t]);
  }
  return vcombine_u8(Level(sums[0], sums[1]), Level(sums[2], sums[3]));
}

void Vertical(const std::int32_t* packed, int groups, const std::uint8_t* const* rows, std::size_t bytes,
              std::uint8_t* out) {
  std::size_t column = 0;
  for (; column + kBlock <= bytes; column += kBlock)
    vst1q_u8(out + column, VerticalBlock(packed, groups, rows, column));
  if (column == bytes) return;
  std::uint8_t last[kBlock];
  vst1q_u8(last, VerticalBlock(packed, groups, rows, column));
  std::memcpy(out + column, last, bytes - column);
}

}  // namespace

const ResizeKernelFunctions kNeonFunctions = {Pack, Horizontal, Vertical};

}  // namespace coulis::image

#endif
