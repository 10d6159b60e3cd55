// A JPEG at an eighth of its size, without decoding what that does not show.
#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>

#include <jpeglib.h>  // after <cstddef> and <cstdio>, which it needs but does not include

#include "coulis/image.h"

namespace coulis::image {

/// Decodes an ordinary JPEG to 1/8 of its sides, rounded up, to the bits that libjpeg-turbo gives with
/// scale_denom = 8, in less than half the time: of most blocks only the first coefficient counts, so the rest
/// is passed over several at a time. `info`: after jpeg_read_header; `scan`: what follows its SOS marker.
/// Nothing, and no harm done, when the file is not ordinary (baseline Huffman, one scan, grey or YCbCr with
/// the usual subsampling) or anything in it is not as it should be: libjpeg then says what becomes of it. May
/// throw std::bad_alloc.
[[nodiscard]] std::optional<RgbImage> DecodeEighth(const jpeg_decompress_struct& info,
                                                   std::span<const std::byte> scan);

}  // namespace coulis::image
