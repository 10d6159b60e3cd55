#include <zlib.h>

#include <algorithm>
#include <array>

#include "image/png_chunks.h"
#include "image/strip.h"

namespace coulis::image {
namespace {

// What belongs to the pixels: their size, palette, transparency, colours, densities, and the frames of an
// animation.
constexpr std::array<std::string_view, 19> kKept = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "iCCP", "sRGB",
                                                    "gAMA", "cHRM", "cICP", "mDCV", "cLLI", "sBIT", "bKGD",
                                                    "hIST", "pHYs", "acTL", "fcTL", "fdAT"};

bool Stays(const std::string& type) {
  // A name that begins with a capital says that the image cannot be shown without it.
  return (type[0] >= 'A' && type[0] <= 'Z') || std::find(kKept.begin(), kKept.end(), type) != kKept.end();
}

void AppendChunk(std::vector<std::byte>& to, std::string_view type, Bytes data) {
  AppendNumber(to, static_cast<std::uint32_t>(data.size()), 4);
  const std::size_t start = to.size();
  Append(to, type);
  Append(to, data);
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(to.data() + start), static_cast<uInt>(to.size() - start));
  AppendNumber(to, static_cast<std::uint32_t>(sum), 4);
}

}  // namespace

Result<std::vector<std::byte>> StripPng(Bytes bytes, int orientation) {
  constexpr std::size_t kSignature = 8;
  std::vector<std::byte> left;
  left.reserve(bytes.size());
  Append(left, bytes.first(std::min(kSignature, bytes.size())));
  bool has_pixels = false;
  for (std::size_t offset = kSignature;;) {
    const Result<PngChunk> chunk = ReadChunk(bytes, offset);
    if (!chunk) break;
    if (chunk->type == "IDAT" && !has_pixels) {
      has_pixels = true;
      if (orientation != 1) AppendChunk(left, "eXIf", OrientationExif(orientation));
    }
    // With its check sum as it is, or as much of it as there is.
    const std::size_t end = std::min(chunk->complete() ? chunk->end + 4 : bytes.size(), bytes.size());
    if (Stays(chunk->type)) Append(left, bytes.subspan(offset, end - offset));
    if (!chunk->complete() || chunk->type == "IEND") break;
    offset = end;
  }
  if (!has_pixels) return Error{ErrorCode::kBadImage, "not stripped: the PNG ends before its pixels"};
  return left;
}

}  // namespace coulis::image
