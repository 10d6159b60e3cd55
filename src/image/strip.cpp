#include "image/strip.h"

#include <algorithm>

#include "coulis/image.h"
#include "image/orientation.h"

namespace coulis {
namespace image {

bool StartsWith(Bytes bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), bytes.begin(),
                    [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

void Append(std::vector<std::byte>& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void Append(std::vector<std::byte>& to, std::string_view text) {
  for (const char c : text) to.push_back(static_cast<std::byte>(c));
}

void AppendNumber(std::vector<std::byte>& to, std::uint32_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    to.push_back(static_cast<std::byte>(number >> shift & 0xFFU));
}

std::vector<std::byte> OrientationExif(int orientation) {
  constexpr std::uint32_t kTag = 0x0112;
  constexpr std::uint32_t kShort = 3;
  std::vector<std::byte> exif;
  Append(exif, std::string_view("MM\0*", 4));
  AppendNumber(exif, 8, 4);  // where the directory is
  AppendNumber(exif, 1, 2);  // entries
  AppendNumber(exif, kTag, 2);
  AppendNumber(exif, kShort, 2);
  AppendNumber(exif, 1, 4);
  AppendNumber(exif, static_cast<std::uint32_t>(orientation), 2);
  AppendNumber(exif, 0, 2);
  AppendNumber(exif, 0, 4);  // no further directory
  return exif;
}

}  // namespace image

Result<StrippedImage> StripMetadata(std::span<const std::byte> bytes) {
  using image::StartsWith;
  const bool jpeg = StartsWith(bytes, "\xFF\xD8");
  const bool png = StartsWith(bytes, "\x89PNG");
  const bool webp = StartsWith(bytes, "RIFF") && bytes.size() > 12 && StartsWith(bytes.subspan(8), "WEBP");
  StrippedImage stripped;
  if (!jpeg && !png && !webp) {
    stripped.bytes.assign(bytes.begin(), bytes.end());
    stripped.supported = false;
    return stripped;
  }
  stripped.orientation = static_cast<int>(image::OrientationOf(image::FindMetadata(bytes)));
  Result<std::vector<std::byte>> left = jpeg  ? image::StripJpeg(bytes, stripped.orientation)
                                        : png ? image::StripPng(bytes, stripped.orientation)
                                              : image::StripWebp(bytes, stripped.orientation);
  if (!left) return left.error();
  stripped.bytes = *std::move(left);
  return stripped;
}

}  // namespace coulis
