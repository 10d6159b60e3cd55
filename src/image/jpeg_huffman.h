// Huffman codes of a JPEG: symbol by symbol, or several coefficients passed over at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "image/jpeg_bits.h"

namespace coulis::image {

/// Coefficients of a block.
inline constexpr int kBlockCoefficients = 64;

/// A table for DC or AC coefficients (ITU-T T.81, annexes C and F).
class JpegHuffman {
 public:
  /// `counts[n]`: number of codes of n bits, 1 ≤ n ≤ 16. `symbols`: in the order of the codes, 256 of them.
  /// Nothing when they make no code, or one that libjpeg refuses: all ones stand for nothing.
  [[nodiscard]] static std::optional<JpegHuffman> Of(std::span<const std::uint8_t, 17> counts,
                                                     std::span<const std::uint8_t, 256> symbols);

  [[nodiscard]] int largest_symbol() const { return largest_; }

  /// The next symbol; -1 for bits that are no code. Needs 16 bits to be filled.
  [[nodiscard]] int Symbol(JpegBits& bits) const {
    const Code code = codes_[bits.Peek(kPeek)];
    if (code.length == 0) return LongSymbol(bits);
    bits.Drop(code.length);
    return code.symbol;
  }

  /// A coefficient and the zeros before it.
  struct Coefficient {
    std::int16_t value = 0;
    std::uint8_t zeros = 0;  ///< kEnd: there are no more coefficients.
    std::uint8_t bits = 0;   ///< Of code and value together.
  };

  /// Stands for the end of a block where coefficients are counted.
  static constexpr int kEnd = 128;

  /// The next AC coefficient; `bits` is 0 when there is no such code. Needs 32 bits to be filled.
  [[nodiscard]] Coefficient TakeCoefficient(JpegBits& bits) const {
    const Coefficient found = coefficients_[bits.Peek(kPeek)];
    if (found.bits == 0) return TakeLongCoefficient(bits);
    bits.Drop(found.bits);
    return found;
  }

  /// Passes over the AC coefficients of a block. False when they are damaged.
  [[nodiscard]] bool SkipBlock(JpegBits& stream) const;

  /// The value of a coefficient of `size` bits (ITU-T T.81, F.2.2.1, EXTEND).
  [[nodiscard]] static int Extend(int bits, int size) {
    return size > 0 && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
  }

 private:
  // Of an AC symbol: zeros before its coefficient, and whether there are no more.
  [[nodiscard]] static int Run(int symbol) { return symbol >> 4; }
  [[nodiscard]] static bool EndsBlock(int symbol) { return (symbol & 15) == 0 && symbol != kSixteenZeros; }

  static constexpr int kSixteenZeros = 0xF0;
  static constexpr int kLongest = 16;
  /// Bits of a coefficient's value.
  static constexpr int kLongestValue = 15;
  /// Codes up to this length are looked up: most of them, in tables that leave room in the first-level cache.
  static constexpr int kPeek = 12;

  struct Code {
    std::uint8_t length = 0;  ///< 0: longer than kPeek, or none.
    std::uint8_t symbol = 0;
  };
  /// All symbols whose codes lie within kPeek bits, with the bits of their coefficients.
  struct Skip {
    std::uint8_t bits = 0;
    std::uint8_t coefficients = kBlockCoefficients;  ///< So many: there is no such symbol.
  };

  /// Passes over what one lookup knows of; false, and nothing is passed over, when that is nothing, or may be
  /// the end of the block by its number of coefficients.
  [[nodiscard]] bool SkipSeveral(JpegBits& bits, int& next) const {
    const Skip skip = skips_[bits.Peek(kPeek)];
    const int after = next + skip.coefficients;
    if (after >= kBlockCoefficients && (after < kEnd || after >= kEnd + kBlockCoefficients)) return false;
    bits.Drop(skip.bits);
    next = after;
    return true;
  }

  [[nodiscard]] int LongSymbol(JpegBits& bits) const;
  [[nodiscard]] Skip SkipFor(std::uint32_t peeked) const;
  [[nodiscard]] Coefficient TakeLongCoefficient(JpegBits& bits) const {
    JpegBits copy = bits;  // See JpegBits::Fill.
    const Coefficient found = TakeBySymbol(copy);
    bits = copy;
    return found;
  }
  [[nodiscard]] Coefficient TakeBySymbol(JpegBits& bits) const;
  [[nodiscard]] Coefficient CoefficientFor(std::uint32_t peeked) const;

  std::array<Code, 1 << kPeek> codes_{};
  std::array<Skip, 1 << kPeek> skips_{};
  std::array<Coefficient, 1 << kPeek> coefficients_{};
  std::array<int, kLongest + 1> end_code_{};  ///< By length: above the last code; 0: no code.
  std::array<int, kLongest + 1> offset_{};    ///< By length: index of the symbol of code 0.
  std::array<std::uint8_t, 256> symbols_{};
  int largest_ = 0;
};

}  // namespace coulis::image
