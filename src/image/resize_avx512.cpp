// AVX-512 with VNNI. vpdpbusd multiplies unsigned by signed bytes and adds four products, so each weight is
// split into three signed 8-bit limbs, weight = limb2 * 2^16 + limb1 * 2^8 + limb0, and pixels need no
// widening. All sums are exact modulo 2^32, and the total fits, so the bits are those of the scalar twin.
//
// The functions carry the target as an attribute; see resize_avx2.cpp.
#if defined(__x86_64__)

// NOLINTBEGIN(portability-simd-intrinsics): this file is x86-64's; the others have theirs
#include <immintrin.h>

#include "image/resize_kernel.h"

#define COULIS_AVX512 [[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]]

namespace coulis::image {
namespace {

constexpr std::size_t kBlock = sizeof(__m512i);
constexpr std::ptrdiff_t kGroupBytes = std::ptrdiff_t{3} * kTapGroup;  // of a group of input pixels
constexpr std::ptrdiff_t kOutBytes = std::ptrdiff_t{3} * kPixelGroup;  // of a group of output pixels
constexpr int kLanes = kPixelGroup;  // 128-bit lanes: one output pixel each in the horizontal pass

/// Word i holds limb i of the four taps; the last word is unused.
void Pack(const std::int32_t* group, std::int32_t* packed) {
  std::uint32_t words[4] = {0, 0, 0, 0};
  for (int tap = 0; tap < kTapGroup; ++tap) {
    std::int32_t rest = group[tap];
    for (int limb = 0; limb < 3; ++limb) {
      const auto digit = static_cast<std::int8_t>(rest & 0xFF);
      words[limb] |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(digit)) << (8 * tap);
      rest = (rest - digit) >> 8;
    }
  }
  for (int i = 0; i < 4; ++i) packed[i] = static_cast<std::int32_t>(words[i]);
}

/// 16 sums, one for each limb.
struct Sums {
  __m512i limb0;
  __m512i limb1;
  __m512i limb2;
};

COULIS_AVX512 inline void Add(Sums& sums, __m512i taps, __m512i weight0, __m512i weight1, __m512i weight2) {
  sums.limb0 = _mm512_dpbusd_epi32(sums.limb0, taps, weight0);
  sums.limb1 = _mm512_dpbusd_epi32(sums.limb1, taps, weight1);
  sums.limb2 = _mm512_dpbusd_epi32(sums.limb2, taps, weight2);
}

COULIS_AVX512 inline Sums Start() {
  return {_mm512_set1_epi32(kRoundHalf), _mm512_setzero_si512(), _mm512_setzero_si512()};
}

COULIS_AVX512 inline __m512i Level(const Sums& sums) {
  const __m512i upper = _mm512_add_epi32(sums.limb1, _mm512_slli_epi32(sums.limb2, 8));
  return _mm512_srai_epi32(_mm512_add_epi32(sums.limb0, _mm512_slli_epi32(upper, 8)), kWeightBits);
}

COULIS_AVX512 inline __m128i Load16(const void* bytes) {
  return _mm_loadu_si128(static_cast<const __m128i*>(bytes));
}

/// Four 16-byte pieces, one for each lane.
COULIS_AVX512 inline __m512i Gather(const void* piece0, const void* piece1, const void* piece2,
                                    const void* piece3) {
  __m512i lanes = _mm512_castsi128_si512(Load16(piece0));
  lanes = _mm512_inserti32x4(lanes, Load16(piece1), 1);
  lanes = _mm512_inserti32x4(lanes, Load16(piece2), 2);
  return _mm512_inserti32x4(lanes, Load16(piece3), 3);
}

/// Four output pixels, the first of which starts at row + 3 * first[0] with weights at `packed`: the sums of
/// red, green and blue in the lowest three words of each lane.
COULIS_AVX512 inline Sums SumPixels(const std::uint8_t* row, const int* first, const std::int32_t* packed,
                                    std::ptrdiff_t groups) {
  // Bytes R0 R1 R2 R3 | G0 G1 G2 G3 | B0 B1 B2 B3 | 0.
  const __m512i spread =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1));
  const std::ptrdiff_t taps = groups * kTapGroup;
  Sums sums = Start();
  for (std::ptrdiff_t g = 0; g < groups; ++g, row += kGroupBytes, packed += kTapGroup) {
    const __m512i pixels = Gather(row + std::ptrdiff_t{3} * first[0], row + std::ptrdiff_t{3} * first[1],
                                  row + std::ptrdiff_t{3} * first[2], row + std::ptrdiff_t{3} * first[3]);
    const __m512i weights = groups == 1 ? _mm512_loadu_si512(packed)
                                        : Gather(packed, packed + taps, packed + 2 * taps, packed + 3 * taps);
    Add(sums, _mm512_shuffle_epi8(pixels, spread), _mm512_shuffle_epi32(weights, _MM_PERM_AAAA),
        _mm512_shuffle_epi32(weights, _MM_PERM_BBBB), _mm512_shuffle_epi32(weights, _MM_PERM_CCCC));
  }
  return sums;
}

COULIS_AVX512 void Horizontal(const Axis& axis, const std::uint8_t* row, std::uint8_t* out) {
  const __m128i close_up = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const int* first = axis.weights.first.data();
  const std::int32_t* packed = axis.packed.data();
  const std::ptrdiff_t groups = axis.groups();
  for (int x = 0; x < axis.weights.out; x += kLanes, out += kOutBytes, first += kLanes) {
    const __m512i level =
        _mm512_max_epi32(Level(SumPixels(row, first, packed, groups)), _mm512_setzero_si512());
    const __m128i bytes = _mm512_cvtusepi32_epi8(level);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(bytes, close_up));
    packed += groups * kTapGroup * kLanes;
  }
}

COULIS_AVX512 inline __m512i Load(const std::uint8_t* bytes) {
  return _mm512_loadu_si512(bytes);
}

/// 64 columns of one output row. Unpacking and packing both work within 128-bit lanes, so the order comes
/// back.
COULIS_AVX512 inline __m512i VerticalBlock(const std::int32_t* packed, int groups,
                                           const std::uint8_t* const* rows, std::size_t column) {
  Sums sums[4] = {Start(), Start(), Start(), Start()};
  for (int g = 0; g < groups; ++g, packed += kTapGroup, rows += kTapGroup) {
    const __m512i weight0 = _mm512_set1_epi32(packed[0]);
    const __m512i weight1 = _mm512_set1_epi32(packed[1]);
    const __m512i weight2 = _mm512_set1_epi32(packed[2]);
    const __m512i row0 = Load(rows[0] + column), row1 = Load(rows[1] + column);
    const __m512i row2 = Load(rows[2] + column), row3 = Load(rows[3] + column);
    const __m512i lower01 = _mm512_unpacklo_epi8(row0, row1), lower23 = _mm512_unpacklo_epi8(row2, row3);
    const __m512i upper01 = _mm512_unpackhi_epi8(row0, row1), upper23 = _mm512_unpackhi_epi8(row2, row3);
    Add(sums[0], _mm512_unpacklo_epi16(lower01, lower23), weight0, weight1, weight2);
    Add(sums[1], _mm512_unpackhi_epi16(lower01, lower23), weight0, weight1, weight2);
    Add(sums[2], _mm512_unpacklo_epi16(upper01, upper23), weight0, weight1, weight2);
    Add(sums[3], _mm512_unpackhi_epi16(upper01, upper23), weight0, weight1, weight2);
  }
  return _mm512_packus_epi16(_mm512_packs_epi32(Level(sums[0]), Level(sums[1])),
                             _mm512_packs_epi32(Level(sums[2]), Level(sums[3])));
}

COULIS_AVX512 void Vertical(const std::int32_t* packed, int groups, const std::uint8_t* const* rows,
                            std::size_t bytes, std::uint8_t* out) {
  std::size_t column = 0;
  for (; column + kBlock <= bytes; column += kBlock) {
    _mm512_storeu_si512(out + column, VerticalBlock(packed, groups, rows, column));
  }
  if (column == bytes) return;
  const __mmask64 rest = (std::uint64_t{1} << (bytes - column)) - 1;
  _mm512_mask_storeu_epi8(out + column, rest, VerticalBlock(packed, groups, rows, column));
}

}  // namespace

const ResizeKernelFunctions kAvx512Functions = {Pack, Horizontal, Vertical};

}  // namespace coulis::image

// NOLINTEND(portability-simd-intrinsics)

#endif
