// BMP: a reader of our own (docs/decisions/011-bmp-reader.md).
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "image/bmp_header.h"
#include "image/bmp_rle.h"
#include "image/decode.h"

namespace coulis::image {
namespace {

/// Indices of `bits` bits, the first in the highest bits, to one byte each.
void UnpackIndices(const std::byte* packed, int bits, std::size_t width, std::uint8_t* indices) {
  const std::size_t per_byte = static_cast<std::size_t>(8 / bits);
  const int mask = (1 << bits) - 1;
  for (std::size_t x = 0; x < width; ++x) {
    const int shift = 8 - bits * static_cast<int>(x % per_byte + 1);
    indices[x] = static_cast<std::uint8_t>(std::to_integer<int>(packed[x / per_byte]) >> shift & mask);
  }
}

/// 16-bit pixels, red in the highest bits, blue in the lowest five.
void Convert16(const std::byte* row, int green_bits, std::size_t width, std::uint8_t* rgb) {
  const int green_max = (1 << green_bits) - 1;
  for (std::size_t x = 0; x < width; ++x, rgb += 3) {
    const int pixel = std::to_integer<int>(row[2 * x]) | std::to_integer<int>(row[2 * x + 1]) << 8;
    rgb[0] = static_cast<std::uint8_t>((pixel >> (5 + green_bits) & 31) * 255 / 31);
    rgb[1] = static_cast<std::uint8_t>((pixel >> 5 & green_max) * 255 / green_max);
    rgb[2] = static_cast<std::uint8_t>((pixel & 31) * 255 / 31);
  }
}

void ConvertBytes(const std::byte* row, const BmpHeader& header, std::size_t width, std::uint8_t* rgb) {
  const std::size_t step = static_cast<std::size_t>(header.bits / 8);
  for (std::size_t x = 0; x < width; ++x, row += step) {
    for (const int channel : header.channel) *rgb++ = std::to_integer<std::uint8_t>(row[channel]);
  }
}

void ConvertRow(const std::byte* row, const BmpHeader& header, std::vector<std::uint8_t>& indices,
                std::uint8_t* rgb) {
  const std::size_t width = indices.size();
  switch (header.pixels) {
    case BmpPixels::kIndexed:
      UnpackIndices(row, header.bits, width, indices.data());
      return ApplyPalette(header.palette, indices.data(), width, rgb);
    case BmpPixels::kRgb555:
      return Convert16(row, 5, width, rgb);
    case BmpPixels::kRgb565:
      return Convert16(row, 6, width, rgb);
    case BmpPixels::kBytes:
      return ConvertBytes(row, header, width, rgb);
  }
}

/// The row in the file that is row `y` from the top.
std::size_t FileRow(const BmpHeader& header, int y) {
  return static_cast<std::size_t>(header.top_down ? y : header.height - 1 - y);
}

/// What is left of `available` bytes after all whole rows and the padding between them, or nothing when all
/// `height` rows are there.
std::optional<std::size_t> LeftOver(std::size_t available, std::size_t row, std::size_t stride,
                                    std::int64_t height) {
  const std::size_t padded_rows = available / stride;
  if (std::cmp_greater_equal(padded_rows, height)) return std::nullopt;
  const std::size_t rest = available - padded_rows * stride;
  if (rest < row) return rest;
  if (std::cmp_equal(padded_rows + 1, height)) return std::nullopt;
  return rest - row;
}

Result<ImageSize> DecodeRaw(Bytes bytes, const BmpHeader& header, ImageSize size, RowSink& sink) {
  const std::size_t row_bytes =
      (static_cast<std::size_t>(size.width) * static_cast<std::size_t>(header.bits) + 7) / 8;
  const std::size_t stride = static_cast<std::size_t>(header.stride);
  if (row_bytes > stride)
    return BadImage("BMP with a grey palette whose size does not go with its bits a pixel");
  const Bytes pixels = bytes.subspan(std::min(header.data_offset, bytes.size()));
  if (const auto left = LeftOver(pixels.size(), row_bytes, stride, size.height)) return Truncated(*left);
  std::vector<std::uint8_t> indices(static_cast<std::size_t>(size.width));
  sink.Begin(size);
  for (int y = 0; y < size.height; ++y) {
    ConvertRow(pixels.data() + FileRow(header, y) * stride, header, indices, sink.Row());
    sink.EndRow();
  }
  return size;
}

Result<ImageSize> DecodeRunLength(Bytes bytes, const BmpHeader& header, ImageSize size, RowSink& sink) {
  if (header.pixels != BmpPixels::kIndexed)
    return BadImage("BMP with run-length coding of colours, not of indices");
  const std::vector<std::uint8_t> indices =
      DecodeRle(bytes, header.data_offset, size, header.coding == BmpCoding::kRle4);
  const std::size_t width = static_cast<std::size_t>(size.width);
  if (indices.size() < width * static_cast<std::size_t>(size.height)) {
    return BadImage("truncated BMP file: not enough image data");
  }
  sink.Begin(size);
  for (int y = 0; y < size.height; ++y) {
    ApplyPalette(header.palette, indices.data() + FileRow(header, y) * width, width, sink.Row());
    sink.EndRow();
  }
  return size;
}

}  // namespace

Result<ImageSize> DecodeBmp(Bytes bytes, const DecodeLimits& limits, RowSink& sink) {
  const Result<BmpHeader> header = ReadBmpHeader(bytes);
  if (!header) return header.error();
  Result<ImageSize> size = CheckSize(header->width, header->height, limits);
  if (!size) return size;
  return header->coding == BmpCoding::kRaw ? DecodeRaw(bytes, *header, *size, sink)
                                           : DecodeRunLength(bytes, *header, *size, sink);
}

}  // namespace coulis::image
