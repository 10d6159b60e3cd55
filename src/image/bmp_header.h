// BMP's headers, from OS/2 1.x to Windows 5, understood as Pillow understands them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "image/decode.h"
#include "image/palette.h"

namespace coulis::image {

/// How the bytes of a pixel become RGB.
enum class BmpPixels {
  kIndexed,  ///< `bits` bits are an index into the palette.
  kRgb555,   ///< 16 bits.
  kRgb565,   ///< 16 bits.
  kBytes,    ///< 3 or 4 bytes; `channel` says which are red, green and blue.
};

enum class BmpCoding { kRaw, kRle8, kRle4 };

/// Everything that precedes a BMP's pixels.
struct BmpHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool top_down = false;
  BmpCoding coding = BmpCoding::kRaw;
  BmpPixels pixels = BmpPixels::kIndexed;
  int bits = 0;
  /// Bytes from one row to the next. May be shorter than a row where Pillow takes the bits to be other than
  /// stated.
  std::int64_t stride = 0;
  int channel[3] = {2, 1, 0};
  Palette palette;
  /// Where the pixels start.
  std::size_t data_offset = 0;
};

[[nodiscard]] Result<BmpHeader> ReadBmpHeader(Bytes bytes);

}  // namespace coulis::image
