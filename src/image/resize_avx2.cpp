// AVX2. There is no exact 8 x 23-bit multiply, so each weight is split into two 16-bit limbs,
// weight = high * 2^kLimbBits + low, which pmaddwd multiplies and adds in pairs of taps. All sums are exact
// modulo 2^32, and the total fits, so the bits are those of the scalar twin.
//
// The functions carry the target as an attribute: nothing else in this file, and no inline function that it
// pulls in, is compiled for AVX2 (docs/decisions/012-resize-kernels.md).
#if defined(__x86_64__)

// NOLINTBEGIN(portability-simd-intrinsics): this file is x86-64's; the others have theirs
#include <immintrin.h>

#include <cstring>

#include "image/resize_kernel.h"

namespace coulis::image {
namespace {

constexpr int kLimbBits = 12;
constexpr std::size_t kBlock = sizeof(__m256i);
constexpr std::ptrdiff_t kGroupBytes = std::ptrdiff_t{3} * kTapGroup;  // of a group of pixels

std::int32_t Pair(std::int32_t first, std::int32_t second) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(first) & 0xFFFF) |
                                   static_cast<std::uint32_t>(second) << 16);
}

/// Low limbs of taps 0 and 1, of taps 2 and 3, then the high limbs.
void Pack(const std::int32_t* group, std::int32_t* packed) {
  constexpr std::int32_t kLowMask = (1 << kLimbBits) - 1;
  packed[0] = Pair(group[0] & kLowMask, group[1] & kLowMask);
  packed[1] = Pair(group[2] & kLowMask, group[3] & kLowMask);
  packed[2] = Pair(group[0] >> kLimbBits, group[1] >> kLimbBits);
  packed[3] = Pair(group[2] >> kLimbBits, group[3] >> kLimbBits);
}

/// One output pixel: the sums of red, green and blue in the lowest three words.
[[gnu::target("avx2")]] inline __m128i SumPixel(const std::uint8_t* pixel, const std::int32_t* packed,
                                                int groups) {
  constexpr char kNone = -128;
  // Bytes R0 R1 | G0 G1 | B0 B1, widened to 16 bits; taps 0 and 1 in the low half, 2 and 3 in the high one.
  const __m256i spread = _mm256_setr_epi8(0, kNone, 3, kNone, 1, kNone, 4, kNone, 2, kNone, 5, kNone, kNone,
                                          kNone, kNone, kNone, 6, kNone, 9, kNone, 7, kNone, 10, kNone, 8,
                                          kNone, 11, kNone, kNone, kNone, kNone, kNone);
  const __m256i low_of = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
  const __m256i high_of = _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3);
  __m256i low = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();
  for (int g = 0; g < groups; ++g, pixel += kGroupBytes, packed += kTapGroup) {
    const __m256i weights =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed)));
    const __m256i bytes =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pixel)));
    const __m256i taps = _mm256_shuffle_epi8(bytes, spread);
    low = _mm256_add_epi32(low, _mm256_madd_epi16(taps, _mm256_permutevar8x32_epi32(weights, low_of)));
    high = _mm256_add_epi32(high, _mm256_madd_epi16(taps, _mm256_permutevar8x32_epi32(weights, high_of)));
  }
  const __m256i sum = _mm256_add_epi32(low, _mm256_slli_epi32(high, kLimbBits));
  return _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}

[[gnu::target("avx2")]] void Horizontal(const Axis& axis, const std::uint8_t* row, std::uint8_t* out) {
  const int groups = axis.groups();
  for (int x = 0; x < axis.weights.out; ++x, out += 3) {
    const std::uint8_t* pixel =
        row + 3 * static_cast<std::ptrdiff_t>(axis.weights.first[static_cast<std::size_t>(x)]);
    const __m128i sum = _mm_add_epi32(SumPixel(pixel, axis.PackedOf(x), groups), _mm_set1_epi32(kRoundHalf));
    const __m128i level = _mm_srai_epi32(sum, kWeightBits);
    const __m128i words = _mm_packs_epi32(level, level);
    const int bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    std::memcpy(out, &bytes, sizeof bytes);  // one byte more than the pixel: the next one overwrites it
  }
}

/// The sums of 8 columns, low and high limbs apart.
struct Sums {
  __m256i low;
  __m256i high;
};

/// Adds two taps: `taps` holds 8 columns' pairs of 16-bit pixels.
[[gnu::target("avx2")]] inline void Add(Sums& sums, __m256i taps, __m256i low, __m256i high) {
  sums.low = _mm256_add_epi32(sums.low, _mm256_madd_epi16(taps, low));
  sums.high = _mm256_add_epi32(sums.high, _mm256_madd_epi16(taps, high));
}

[[gnu::target("avx2")]] inline __m256i Level(const Sums& sums) {
  const __m256i sum = _mm256_add_epi32(sums.low, _mm256_slli_epi32(sums.high, kLimbBits));
  return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(kRoundHalf)), kWeightBits);
}

[[gnu::target("avx2")]] inline __m256i Load(const std::uint8_t* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

/// 32 columns of one output row. Unpacking and packing both work within 128-bit halves, so the order comes
/// back.
[[gnu::target("avx2")]] inline __m256i VerticalBlock(const std::int32_t* packed, int groups,
                                                     const std::uint8_t* const* rows, std::size_t column) {
  const __m256i zero = _mm256_setzero_si256();
  Sums sums[4] = {{zero, zero}, {zero, zero}, {zero, zero}, {zero, zero}};
  for (std::ptrdiff_t pair = 0; pair < 2 * static_cast<std::ptrdiff_t>(groups); ++pair) {
    const std::int32_t* weights = packed + (pair / 2) * kTapGroup + pair % 2;
    const __m256i low = _mm256_set1_epi32(weights[0]);
    const __m256i high = _mm256_set1_epi32(weights[2]);
    const __m256i first = Load(rows[2 * pair] + column);
    const __m256i second = Load(rows[2 * pair + 1] + column);
    const __m256i lower = _mm256_unpacklo_epi8(first, second);
    const __m256i upper = _mm256_unpackhi_epi8(first, second);
    Add(sums[0], _mm256_unpacklo_epi8(lower, zero), low, high);
    Add(sums[1], _mm256_unpackhi_epi8(lower, zero), low, high);
    Add(sums[2], _mm256_unpacklo_epi8(upper, zero), low, high);
    Add(sums[3], _mm256_unpackhi_epi8(upper, zero), low, high);
  }
  return _mm256_packus_epi16(_mm256_packs_epi32(Level(sums[0]), Level(sums[1])),
                             _mm256_packs_epi32(Level(sums[2]), Level(sums[3])));
}

[[gnu::target("avx2")]] void Vertical(const std::int32_t* packed, int groups, const std::uint8_t* const* rows,
                                      std::size_t bytes, std::uint8_t* out) {
  std::size_t column = 0;
  for (; column + kBlock <= bytes; column += kBlock) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + column),
                        VerticalBlock(packed, groups, rows, column));
  }
  if (column == bytes) return;
  alignas(kBlock) std::uint8_t last[kBlock];
  _mm256_store_si256(reinterpret_cast<__m256i*>(last), VerticalBlock(packed, groups, rows, column));
  std::memcpy(out + column, last, bytes - column);
}

}  // namespace

const ResizeKernelFunctions kAvx2Functions = {Pack, Horizontal, Vertical};

}  // namespace coulis::image

// NOLINTEND(portability-simd-intrinsics)

#endif
