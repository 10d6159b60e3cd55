// Images without metadata, a format each. All: errors kBadImage; `orientation` is written as the only
// metadata unless 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "image/decode.h"

namespace coulis::image {

[[nodiscard]] Result<std::vector<std::byte>> StripJpeg(Bytes bytes, int orientation);
[[nodiscard]] Result<std::vector<std::byte>> StripPng(Bytes bytes, int orientation);
[[nodiscard]] Result<std::vector<std::byte>> StripWebp(Bytes bytes, int orientation);

/// A TIFF structure (EXIF 2.32, 4.6.2) of one entry: the orientation.
[[nodiscard]] std::vector<std::byte> OrientationExif(int orientation);

[[nodiscard]] bool StartsWith(Bytes bytes, std::string_view prefix);
void Append(std::vector<std::byte>& to, Bytes bytes);
void Append(std::vector<std::byte>& to, std::string_view text);
/// Big-endian, of `size` bytes.
void AppendNumber(std::vector<std::byte>& to, std::uint32_t number, int size);

}  // namespace coulis::image
