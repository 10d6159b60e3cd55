// BMP's run-length coding of 8-bit and 4-bit indices.
#pragma once

#include <cstdint>
#include <vector>

#include "image/decode.h"

namespace coulis::image {

/// Decodes width x height indices, rows in file order, starting at `offset`. Runs that leave a row are cut,
/// jumps leave zeros, as in Pillow. The result is shorter when the data end before the image does.
[[nodiscard]] std::vector<std::uint8_t> DecodeRle(Bytes bytes, std::size_t offset, ImageSize size,
                                                  bool four_bits);

}  // namespace coulis::image
