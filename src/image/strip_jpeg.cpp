#include <algorithm>

#include "image/byte_reader.h"
#include "image/strip.h"

namespace coulis::image {
namespace {

constexpr std::uint32_t kStartOfScan = 0xDA;
constexpr std::uint32_t kEndOfImage = 0xD9;
constexpr std::uint32_t kApp0 = 0xE0;
constexpr std::uint32_t kApp2 = 0xE2;
constexpr std::uint32_t kApp14 = 0xEE;
constexpr std::uint32_t kApp15 = 0xEF;
constexpr std::uint32_t kComment = 0xFE;
// "JFIF\0", version, units and densities; a thumbnail may follow.
constexpr std::size_t kJfifWithoutThumbnail = 12;

// What a decoder needs of an application segment: densities, colour profile, colour transform.
bool Stays(std::uint32_t code, Bytes data) {
  if (code == kComment) return false;
  if (code < kApp0 || code > kApp15) return true;
  return (code == kApp0 && StartsWith(data, std::string_view("JFIF\0", 5))) ||
         (code == kApp2 && StartsWith(data, std::string_view("ICC_PROFILE\0", 12))) ||
         (code == kApp14 && StartsWith(data, "Adobe"));
}

void AppendSegment(std::vector<std::byte>& to, std::uint32_t code, Bytes data, Bytes more = {}) {
  AppendNumber(to, 0xFF00 | code, 2);
  AppendNumber(to, static_cast<std::uint32_t>(2 + data.size() + more.size()), 2);
  Append(to, data);
  Append(to, more);
}

void AppendKept(std::vector<std::byte>& to, std::uint32_t code, Bytes data) {
  if (code == kApp0 && data.size() >= kJfifWithoutThumbnail) {
    constexpr std::byte kNoThumbnail[] = {std::byte{0}, std::byte{0}};
    AppendSegment(to, code, data.first(kJfifWithoutThumbnail), kNoThumbnail);
  } else {
    AppendSegment(to, code, data);
  }
}

void AppendOrientation(std::vector<std::byte>& to, int orientation) {
  if (orientation == 1) return;
  constexpr std::uint32_t kApp1 = 0xE1;
  std::vector<std::byte> exif;
  Append(exif, std::string_view("Exif\0\0", 6));
  Append(exif, OrientationExif(orientation));
  AppendSegment(to, kApp1, exif);
}

// Where the compressed pixels that begin at `offset` end: at a marker that is neither a restart nor a stuffed
// 0xFF.
std::size_t EndOfPixels(Bytes bytes, std::size_t offset) {
  for (; offset + 1 < bytes.size(); ++offset) {
    if (bytes[offset] != std::byte{0xFF}) continue;
    const auto next = std::to_integer<std::uint32_t>(bytes[offset + 1]);
    const bool restart = next >= 0xD0 && next <= 0xD7;
    if (next != 0 && next != 0xFF && !restart) return offset;
  }
  return bytes.size();
}

}  // namespace

Result<std::vector<std::byte>> StripJpeg(Bytes bytes, int orientation) {
  std::vector<std::byte> left;
  left.reserve(bytes.size());
  Append(left, bytes.first(std::min<std::size_t>(2, bytes.size())));
  bool has_pixels = false;
  bool has_orientation = false;
  std::size_t offset = 2;
  while (const auto mark = ReadNumber<2>(bytes, offset, ByteOrder::kBig)) {
    const std::uint32_t code = *mark & 0xFF;
    if (*mark >> 8 != 0xFF || code == 0xFF || code == 0) {
      ++offset;  // junk or fill bytes before a marker, which decoders pass over
      continue;
    }
    offset += 2;
    if (code == kEndOfImage) {
      AppendNumber(left, *mark, 2);
      break;  // What follows is another image, or whatever a camera put there.
    }
    if (code < 0xC0 || (code >= 0xD0 && code <= 0xD8)) continue;  // markers without a segment
    const auto length = ReadNumber<2>(bytes, offset, ByteOrder::kBig);
    if (!length || *length < 2 || bytes.size() - offset < *length) break;
    const Bytes data = bytes.subspan(offset + 2, *length - 2);
    offset += *length;
    // After the JFIF segment, which has to be the first.
    if (code != kApp0 && !has_orientation) {
      AppendOrientation(left, orientation);
      has_orientation = true;
    }
    if (Stays(code, data)) AppendKept(left, code, data);
    if (code != kStartOfScan) continue;
    has_pixels = true;
    const std::size_t end = EndOfPixels(bytes, offset);
    Append(left, bytes.subspan(offset, end - offset));
    offset = end;
  }
  if (!has_pixels) return Error{ErrorCode::kBadImage, "not stripped: the JPEG ends before its pixels"};
  return left;
}

}  // namespace coulis::image
