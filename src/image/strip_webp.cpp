#include <algorithm>
#include <array>

#include "image/byte_reader.h"
#include "image/strip.h"

namespace coulis::image {
namespace {

constexpr std::size_t kRiffHeader = 12;
constexpr std::size_t kChunkHeader = 8;
constexpr std::array<std::string_view, 7> kKept = {"VP8X", "VP8 ", "VP8L", "ALPH", "ICCP", "ANIM", "ANMF"};
// Bits of the first byte of VP8X.
constexpr auto kHasExif = std::byte{0x08};
constexpr auto kHasXmp = std::byte{0x04};

void AppendLittle(std::vector<std::byte>& to, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) to.push_back(static_cast<std::byte>(number >> shift & 0xFFU));
}

void AppendChunk(std::vector<std::byte>& to, std::string_view type, Bytes data) {
  Append(to, type);
  AppendLittle(to, static_cast<std::uint32_t>(data.size()));
  Append(to, data);
  if (data.size() % 2 != 0) to.push_back(std::byte{0});
}

bool Stays(Bytes chunk) {
  return std::any_of(kKept.begin(), kKept.end(),
                     [&](std::string_view kept) { return StartsWith(chunk, kept); });
}

}  // namespace

Result<std::vector<std::byte>> StripWebp(Bytes bytes, int orientation) {
  std::vector<std::byte> left;
  left.reserve(bytes.size());
  Append(left, bytes.first(kRiffHeader));
  bool has_pixels = false;
  std::size_t flags = 0;  // where they are; 0: a file without VP8X, which can hold no metadata
  for (std::size_t offset = kRiffHeader;
       const auto length = ReadNumber<4>(bytes, offset + 4, ByteOrder::kLittle);) {
    const Bytes chunk = bytes.subspan(offset);
    const std::size_t size = std::min<std::size_t>(*length, chunk.size() - kChunkHeader);
    if (Stays(chunk)) {
      if (StartsWith(chunk, "VP8X") && size > 0) flags = left.size() + kChunkHeader;
      if (!StartsWith(chunk, "VP8X")) has_pixels |= StartsWith(chunk, "VP8") || StartsWith(chunk, "ANMF");
      Append(left, chunk.first(kChunkHeader + std::min(size + size % 2, chunk.size() - kChunkHeader)));
    }
    if (size < *length) break;
    offset += kChunkHeader + size + size % 2;
  }
  if (!has_pixels) return Error{ErrorCode::kBadImage, "not stripped: the WebP ends before its pixels"};
  if (flags != 0) {
    left[flags] &= ~(kHasExif | kHasXmp);
    if (orientation != 1) {
      left[flags] |= kHasExif;
      AppendChunk(left, "EXIF", OrientationExif(orientation));
    }
  }
  const auto size = static_cast<std::uint32_t>(left.size() - kChunkHeader);
  for (std::size_t i = 0; i < 4; ++i) left[4 + i] = static_cast<std::byte>(size >> (8 * i) & 0xFFU);
  return left;
}

}  // namespace coulis::image
