#include "image/png_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "image/byte_reader.h"

namespace coulis::image {
namespace {

constexpr std::size_t kSignatureLength = 8;
constexpr std::size_t kChunkHeaderLength = 8;
constexpr std::size_t kCheckSumLength = 4;
constexpr std::size_t kIhdrLength = 13;

std::uint32_t BigEndian(Bytes bytes, std::size_t offset) {
  return ReadNumber<4>(bytes, offset, ByteOrder::kBig).value_or(0);
}

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

Result<void> CheckSum(Bytes bytes, const PngChunk& chunk) {
  const auto stored = ReadNumber<4>(bytes, chunk.end, ByteOrder::kBig);
  if (!stored) return BadImage("broken PNG file: it ends within the checksum of " + chunk.type);
  const Bytes covered = bytes.subspan(chunk.end - chunk.data.size() - 4, chunk.data.size() + 4);
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(covered.data()), covered.size());
  if (sum != *stored) return BadImage("broken PNG file: bad checksum in chunk " + chunk.type);
  return {};
}

/// The shortest data that Pillow accepts for a chunk of this type.
std::size_t ShortestLength(std::string_view type, const PngHeader& header) {
  struct Rule {
    std::string_view type;
    std::size_t length;
  };
  constexpr std::array kRules = {Rule{"IHDR", kIhdrLength}, Rule{"gAMA", 4}, Rule{"cHRM", 32},
                                 Rule{"sRGB", 1},           Rule{"pHYs", 9}, Rule{"acTL", 8},
                                 Rule{"fcTL", 26}};
  if (type == "tRNS" && header.color_type == 0) return 2;
  if (type == "tRNS" && header.color_type == 2) return 6;
  const auto rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.type == type; });
  return rule == kRules.end() ? 0 : rule->length;
}

bool IsKnownFormat(int bit_depth, int color_type) {
  switch (color_type) {
    case 0:
      return bit_depth == 1 || bit_depth == 2 || bit_depth == 4 || bit_depth == 8 || bit_depth == 16;
    case 3:
      return bit_depth == 1 || bit_depth == 2 || bit_depth == 4 || bit_depth == 8;
    case 2:
    case 4:
    case 6:
      return bit_depth == 8 || bit_depth == 16;
    default:
      return false;
  }
}

Result<void> TakeIhdr(Bytes data, PngHeader& header) {
  header.width = BigEndian(data, 0);
  header.height = BigEndian(data, 4);
  header.bit_depth = std::to_integer<int>(data[8]);
  header.color_type = std::to_integer<int>(data[9]);
  header.interlaced = std::to_integer<int>(data[12]) != 0;
  if (std::to_integer<int>(data[11]) != 0) return BadImage("broken PNG file: unknown filter method");
  return {};
}

Result<void> Take(const PngChunk& chunk, PngHeader& header) {
  if (!chunk.complete()) return BadImage("truncated PNG file: it ends within chunk " + chunk.type);
  if (chunk.data.size() < ShortestLength(chunk.type, header)) {
    return BadImage("broken PNG file: chunk " + chunk.type + " is too short");
  }
  if (chunk.type == "IHDR") return TakeIhdr(chunk.data, header);
  if (chunk.type == "PLTE") header.palette = chunk.data;
  return {};
}

}  // namespace

Result<PngChunk> ReadChunk(Bytes bytes, std::size_t offset) {
  const std::size_t data_offset = offset + kChunkHeaderLength;
  if (data_offset > bytes.size()) return BadImage("truncated PNG file: it ends where a chunk should start");
  PngChunk chunk;
  chunk.declared_length = BigEndian(bytes, offset);
  chunk.type.assign(reinterpret_cast<const char*>(bytes.data()) + offset + 4, 4);
  if (!std::all_of(chunk.type.begin(), chunk.type.end(), IsNameCharacter)) {
    return BadImage("broken PNG file: bad chunk name at byte " + std::to_string(offset + 4));
  }
  chunk.data =
      bytes.subspan(data_offset, std::min<std::size_t>(chunk.declared_length, bytes.size() - data_offset));
  chunk.end = data_offset + chunk.data.size();
  return chunk;
}

Result<PngHeader> ReadPngHeader(Bytes bytes) {
  PngHeader header;
  std::size_t offset = kSignatureLength;
  for (;;) {
    const Result<PngChunk> chunk = ReadChunk(bytes, offset);
    if (!chunk) return chunk.error();
    if (chunk->type == "IDAT") break;
    if (chunk->type == "IEND") return BadImage("PNG file without pixels");
    if (const auto taken = Take(*chunk, header); !taken) return taken.error();
    if (const auto sum = CheckSum(bytes, *chunk); !sum) return sum.error();
    offset = chunk->end + kCheckSumLength;
  }
  if (!IsKnownFormat(header.bit_depth, header.color_type)) {
    return BadImage("PNG of colour type " + std::to_string(header.color_type) + " with " +
                    std::to_string(header.bit_depth) + " bits does not exist");
  }
  constexpr std::size_t kLargestPalette = std::size_t{256} * 3;
  if (header.color_type == 3 && header.palette.size() > kLargestPalette) {
    return BadImage("broken PNG file: its palette has more than 256 colours");
  }
  header.data_offset = offset;
  return header;
}

Result<void> CheckPngTrailer(Bytes bytes, std::size_t offset) {
  for (;;) {
    const Result<PngChunk> chunk = ReadChunk(bytes, offset);
    if (!chunk || chunk->type == "IEND") return {};
    if (!chunk->complete()) return BadImage("truncated PNG file: it ends within chunk " + chunk->type);
    offset = chunk->end + kCheckSumLength;
  }
}

}  // namespace coulis::image
