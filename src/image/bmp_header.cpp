#include "image/bmp_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <vector>

#include "image/byte_reader.h"

namespace coulis::image {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::uint32_t kCoreHeader = 12;  // OS/2 1.x: 16-bit sizes, palette entries of 3 bytes
constexpr std::uint32_t kInfoHeader = 40;
constexpr std::array<std::uint32_t, 6> kLongHeaders = {kInfoHeader, 52, 56, 64, 108, 124};

enum Compression : std::uint32_t { kNone = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3 };

/// The fields as they stand in the file.
struct Fields {
  std::uint32_t header_size = 0;
  std::uint32_t bits = 0;
  std::uint32_t compression = kNone;
  std::uint32_t colors = 0;
  std::size_t entry_size = 4;  // bytes of a palette entry
  std::size_t end = 0;         // where the headers, including separate masks, end
};

using Masks = std::array<std::uint32_t, 4>;  // red, green, blue, alpha

/// Reads beyond the end give 0; ReadFields has made sure that the header is whole.
std::uint32_t At4(Bytes bytes, std::size_t offset) {
  return ReadNumber<4>(bytes, offset, ByteOrder::kLittle).value_or(0);
}
std::uint32_t At2(Bytes bytes, std::size_t offset) {
  return ReadNumber<2>(bytes, offset, ByteOrder::kLittle).value_or(0);
}

void ReadCoreSize(Bytes bytes, BmpHeader& header, Fields& fields) {
  header.width = At2(bytes, kFileHeader + 4);
  header.height = At2(bytes, kFileHeader + 6);
  fields.bits = At2(bytes, kFileHeader + 10);
  fields.entry_size = 3;
}

void ReadInfoSize(Bytes bytes, BmpHeader& header, Fields& fields) {
  const std::uint32_t height = At4(bytes, kFileHeader + 8);
  header.top_down = height >> 24 == 0xFF;  // a negative height
  header.width = At4(bytes, kFileHeader + 4);
  header.height = header.top_down ? (std::int64_t{1} << 32) - height : std::int64_t{height};
  fields.bits = At2(bytes, kFileHeader + 14);
  fields.compression = At4(bytes, kFileHeader + 16);
  fields.colors = At4(bytes, kFileHeader + 32);
}

Result<Fields> ReadFields(Bytes bytes, BmpHeader& header) {
  Fields fields;
  fields.header_size = At4(bytes, kFileHeader);
  const bool long_header =
      std::find(kLongHeaders.begin(), kLongHeaders.end(), fields.header_size) != kLongHeaders.end();
  if (bytes.size() < kFileHeader + 4) return BadImage("truncated BMP file: it ends within its header");
  if (fields.header_size != kCoreHeader && !long_header) {
    return BadImage("BMP header of " + std::to_string(fields.header_size) + " bytes is not known");
  }
  fields.end = kFileHeader + fields.header_size;
  if (bytes.size() < fields.end) return BadImage("truncated BMP file: it ends within its header");
  long_header ? ReadInfoSize(bytes, header, fields) : ReadCoreSize(bytes, header, fields);
  if (fields.bits > 32)
    return BadImage("BMP of " + std::to_string(fields.bits) + " bits a pixel cannot be read");
  if (fields.colors == 0 && fields.bits < 32) fields.colors = std::uint32_t{1} << fields.bits;
  return fields;
}

/// The masks stand in the header or, when it is a short one, behind it.
Masks ReadMasks(Bytes bytes, Fields& fields) {
  constexpr std::size_t kMasksInHeader = kFileHeader + kInfoHeader;
  Masks masks{};
  const std::size_t count = fields.header_size >= 56 ? 4 : 3;
  for (std::size_t i = 0; i < count; ++i) masks[i] = At4(bytes, kMasksInHeader + i * 4);
  if (fields.header_size == kInfoHeader) fields.end += 12;
  return masks;
}

Result<void> TakeMasks(const Masks& masks, BmpHeader& header) {
  constexpr std::array<Masks, 7> kByteMasks = {{{0xFF0000, 0xFF00, 0xFF, 0},
                                                {0xFF000000, 0xFF0000, 0xFF00, 0},
                                                {0xFF000000, 0xFF00, 0xFF, 0},
                                                {0xFF000000, 0xFF0000, 0xFF00, 0xFF},
                                                {0xFF, 0xFF00, 0xFF0000, 0xFF000000},
                                                {0xFF0000, 0xFF00, 0xFF, 0xFF000000},
                                                {0xFF000000, 0xFF00, 0xFF, 0xFF0000}}};
  const Masks rgb = {masks[0], masks[1], masks[2], 0};
  if (header.bits == 32 && masks == Masks{}) return {};
  if (header.bits == 16 && rgb == Masks{0x7C00, 0x3E0, 0x1F, 0}) return {};
  if (header.bits == 24 && rgb == kByteMasks[0]) return {};
  if (header.bits == 16 && rgb == Masks{0xF800, 0x7E0, 0x1F, 0}) {
    header.pixels = BmpPixels::kRgb565;
    return {};
  }
  if (header.bits == 32 && std::find(kByteMasks.begin(), kByteMasks.end(), masks) != kByteMasks.end()) {
    for (std::size_t c = 0; c < 3; ++c) header.channel[c] = std::countr_zero(masks[c]) / 8;
    return {};
  }
  return BadImage("BMP with colour masks that Pillow does not read either");
}

/// A palette of plain grey levels is dropped: Pillow then takes the pixels to be of 1 bit (two colours) or 8.
Result<void> ReadPalette(Bytes bytes, const Fields& fields, BmpHeader& header) {
  if (fields.colors == 0 || fields.colors > 65536) {
    return BadImage("BMP with a palette of " + std::to_string(fields.colors) + " colours");
  }
  const Bytes entries = bytes.subspan(std::min(fields.end, bytes.size()));
  bool grey = true;
  std::size_t present = 0;
  for (std::size_t i = 0; i < fields.colors; ++i) {
    const std::size_t at = i * fields.entry_size;
    if (at + 3 > entries.size()) {
      grey = false;
      break;
    }
    const Palette::Color color{std::to_integer<std::uint8_t>(entries[at + 2]),
                               std::to_integer<std::uint8_t>(entries[at + 1]),
                               std::to_integer<std::uint8_t>(entries[at])};
    const auto level = static_cast<std::uint8_t>(fields.colors == 2 ? i * 255 : i);
    grey = grey && color == Palette::Color{level, level, level};
    if (i < header.palette.colors.size()) header.palette.colors[i] = color;
    present = i + 1;
  }
  if (grey) {
    header.bits = fields.colors <= 2 ? 1 : 8;
    header.palette = Palette::Greys();
    if (fields.colors <= 2)
      std::fill(header.palette.colors.begin() + 1, header.palette.colors.end(),
                Palette::Color{255, 255, 255});
  } else if (present > header.palette.colors.size()) {
    return BadImage("BMP with a palette of " + std::to_string(fields.colors) + " colours");
  }
  return {};
}

Result<void> TakeCompression(Bytes bytes, Fields& fields, BmpHeader& header) {
  switch (fields.compression) {
    case kNone:
      return {};
    case kRle8:
      header.coding = BmpCoding::kRle8;
      return {};
    case kRle4:
      header.coding = BmpCoding::kRle4;
      return {};
    case kBitFields:
      return TakeMasks(ReadMasks(bytes, fields), header);
    default:
      return BadImage("BMP compression " + std::to_string(fields.compression) + " cannot be read");
  }
}

}  // namespace

Result<BmpHeader> ReadBmpHeader(Bytes bytes) {
  BmpHeader header;
  Result<Fields> fields = ReadFields(bytes, header);
  if (!fields) return fields.error();
  header.bits = static_cast<int>(fields->bits);
  constexpr std::array kDepths = {1, 4, 8, 16, 24, 32};
  if (std::find(kDepths.begin(), kDepths.end(), header.bits) == kDepths.end()) {
    return BadImage("BMP of " + std::to_string(header.bits) + " bits a pixel cannot be read");
  }
  header.stride = ((header.width * header.bits + 31) >> 3) & ~std::int64_t{3};
  if (header.bits > 8) header.pixels = header.bits == 16 ? BmpPixels::kRgb555 : BmpPixels::kBytes;
  if (const auto taken = TakeCompression(bytes, *fields, header); !taken) return taken.error();

  const bool indexed = header.bits <= 8;
  const std::size_t palette_bytes = indexed ? fields->entry_size * fields->colors : 0;
  if (indexed) {
    if (const auto read = ReadPalette(bytes, *fields, header); !read) return read.error();
  }
  header.data_offset = At4(bytes, 10);
  if (header.data_offset == 0)
    header.data_offset = std::min(fields->end + palette_bytes, bytes.size());
  else if (header.data_offset == kFileHeader + fields->header_size)
    header.data_offset += palette_bytes;
  return header;
}

}  // namespace coulis::image
