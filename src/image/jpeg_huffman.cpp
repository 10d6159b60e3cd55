#include "image/jpeg_huffman.h"

#include <algorithm>

namespace coulis::image {

std::optional<JpegHuffman> JpegHuffman::Of(std::span<const std::uint8_t, 17> counts,
                                           std::span<const std::uint8_t, 256> symbols) {
  JpegHuffman table;
  std::copy(symbols.begin(), symbols.end(), table.symbols_.begin());
  int code = 0;
  int index = 0;
  for (int length = 1; length <= kLongest; ++length, code *= 2) {
    const int count = counts[static_cast<std::size_t>(length)];
    if (index + count > 256 || (count > 0 && code + count >= 1 << length)) return std::nullopt;
    const auto by_length = static_cast<std::size_t>(length);
    table.offset_[by_length] = index - code;
    if (length <= kPeek) {
      for (int i = 0; i < count; ++i) {
        const int first = (code + i) << (kPeek - length);
        const int place = index + i;
        const Code entry{static_cast<std::uint8_t>(length), symbols[static_cast<std::size_t>(place)]};
        std::fill_n(table.codes_.begin() + first, 1 << (kPeek - length), entry);
      }
    }
    code += count;
    index += count;
    table.end_code_[by_length] = count > 0 ? code : 0;
  }
  table.largest_ = index == 0 ? 0 : *std::max_element(symbols.begin(), symbols.begin() + index);
  for (std::uint32_t peeked = 0; peeked < table.skips_.size(); ++peeked) {
    table.skips_[peeked] = table.SkipFor(peeked);
    table.coefficients_[peeked] = table.CoefficientFor(peeked);
  }
  return table;
}

bool JpegHuffman::SkipBlock(JpegBits& stream) const {
  // What was filled is enough for two lookups, each of a code and the bits of its coefficient.
  static_assert(2 * (kPeek + kLongestValue) <= JpegBits::kFilled);
  JpegBits bits = stream;  // Stays in registers.
  int next = 1;
  while (next < kBlockCoefficients) {
    bits.Fill();
    if (SkipSeveral(bits, next)) [[likely]] {
      if (next < kBlockCoefficients) (void)SkipSeveral(bits, next);
      continue;
    }
    // A long code, or the last coefficient somewhere among the symbols: one at a time.
    const Coefficient found = TakeLongCoefficient(bits);
    if (found.bits == 0) return false;
    next += found.zeros == kEnd ? kEnd : found.zeros + 1;
  }
  stream = bits;
  return next <= kBlockCoefficients || next >= kEnd;
}

JpegHuffman::Skip JpegHuffman::SkipFor(std::uint32_t peeked) const {
  int used = 0;
  int passed = 0;
  while (used < kPeek) {
    const Code code = codes_[(peeked << used) & ((1U << kPeek) - 1)];
    if (code.length == 0 || used + code.length > kPeek) break;
    if (EndsBlock(code.symbol)) {
      used += code.length;
      passed += kEnd;
      break;
    }
    if (passed + Run(code.symbol) + 1 >= kBlockCoefficients) break;
    passed += Run(code.symbol) + 1;
    used += code.length + (code.symbol & 15);  // The coefficient's own bits need not be seen.
  }
  if (used == 0) return {};
  return {static_cast<std::uint8_t>(used), static_cast<std::uint8_t>(passed)};
}

JpegHuffman::Coefficient JpegHuffman::CoefficientFor(std::uint32_t peeked) const {
  const Code code = codes_[peeked];
  if (code.length == 0) return {};
  if (EndsBlock(code.symbol)) return {0, kEnd, code.length};
  const int size = code.symbol & 15;
  const int bits = code.length + size;
  if (bits > kPeek) return {};
  const auto value = static_cast<int>(peeked >> (kPeek - bits)) & ((1 << size) - 1);
  return {static_cast<std::int16_t>(Extend(value, size)), static_cast<std::uint8_t>(Run(code.symbol)),
          static_cast<std::uint8_t>(bits)};
}

JpegHuffman::Coefficient JpegHuffman::TakeBySymbol(JpegBits& bits) const {
  const int symbol = Symbol(bits);
  if (symbol < 0) return {};
  if (EndsBlock(symbol)) return {0, kEnd, 1};
  const int size = symbol & 15;
  const int value = Extend(static_cast<int>(bits.Take(size)), size);
  return {static_cast<std::int16_t>(value), static_cast<std::uint8_t>(Run(symbol)), 1};
}

int JpegHuffman::LongSymbol(JpegBits& bits) const {
  for (int length = kPeek + 1; length <= kLongest; ++length) {
    const auto place = static_cast<std::size_t>(length);
    const auto code = static_cast<int>(bits.Peek(length));
    if (code >= end_code_[place]) continue;
    bits.Drop(length);
    const int index = offset_[place] + code;
    return symbols_[static_cast<std::size_t>(index)];
  }
  return -1;
}

}  // namespace coulis::image
