#include "image/orientation.h"

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "image/byte_reader.h"

namespace coulis::image {
namespace {

std::optional<Orientation> FromNumber(std::uint32_t value) {
  if (value < 1 || value > 8) return std::nullopt;
  return static_cast<Orientation>(value);
}

/// A TIFF structure's byte order, when it is one.
std::optional<ByteOrder> OrderOf(Bytes tiff) {
  const auto magic = ReadNumber<4>(tiff, 0, ByteOrder::kBig);
  if (magic == 0x49492A00U) return ByteOrder::kLittle;
  if (magic == 0x4D4D002AU) return ByteOrder::kBig;
  return std::nullopt;
}

/// The value of an entry of one short or long; Pillow does not take a byte for a number.
std::optional<std::uint32_t> ValueOf(Bytes tiff, std::size_t entry, ByteOrder order) {
  constexpr std::uint32_t kShort = 3, kLong = 4;
  if (ReadNumber<4>(tiff, entry + 4, order) != 1U) return std::nullopt;
  const auto type = ReadNumber<2>(tiff, entry + 2, order);
  if (type == kShort) return ReadNumber<2>(tiff, entry + 8, order);
  if (type == kLong) return ReadNumber<4>(tiff, entry + 8, order);
  return std::nullopt;
}

/// The orientation entry's value in the first image file directory; the last one counts.
std::optional<std::uint32_t> FromExif(Bytes exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  constexpr std::uint32_t kOrientationTag = 0x0112;
  constexpr std::size_t kEntry = 12;
  for (int i = 0; i < 2 && exif.size() >= kPrefix.size() &&
                  std::memcmp(exif.data(), kPrefix.data(), kPrefix.size()) == 0;
       ++i) {
    exif = exif.subspan(kPrefix.size());
  }
  const auto order = OrderOf(exif);
  if (!order) return std::nullopt;
  const auto directory = ReadNumber<4>(exif, 4, *order);
  if (!directory) return std::nullopt;
  const std::uint32_t count = ReadNumber<2>(exif, *directory, *order).value_or(0);
  std::optional<std::uint32_t> value;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + i * kEntry;
    if (ReadNumber<2>(exif, entry, *order) == kOrientationTag) value = ValueOf(exif, entry, *order);
  }
  return value;
}

/// The digit of the first tiff:Orientation="N" or tiff:Orientation>N.
std::optional<std::uint32_t> FromXmp(Bytes xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  const std::string_view text(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  for (std::size_t at = text.find(kName); at != std::string_view::npos; at = text.find(kName, at + 1)) {
    std::string_view rest = text.substr(at + kName.size());
    if (rest.starts_with("=\"")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with('>')) {
      rest.remove_prefix(1);
    } else {
      continue;
    }
    if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') return static_cast<std::uint32_t>(rest[0] - '0');
  }
  return std::nullopt;
}

/// The stored pixel that appears at (x, y) of the upright image; `stored` is the stored image's size.
std::pair<int, int> SourceOf(int x, int y, ImageSize stored, Orientation orientation) {
  const int right = stored.width - 1;
  const int bottom = stored.height - 1;
  switch (orientation) {
    case Orientation::kUpright:
      return {x, y};
    case Orientation::kFlipLeftRight:
      return {right - x, y};
    case Orientation::kRotate180:
      return {right - x, bottom - y};
    case Orientation::kFlipTopBottom:
      return {x, bottom - y};
    case Orientation::kTranspose:
      return {y, x};
    case Orientation::kRotate270:
      return {y, bottom - x};
    case Orientation::kTransverse:
      return {right - y, bottom - x};
    case Orientation::kRotate90:
      return {right - y, x};
  }
  return {x, y};
}

}  // namespace

Orientation OrientationOf(const Metadata& metadata) {
  std::optional<std::uint32_t> value = FromExif(metadata.exif);
  if (!value) value = FromXmp(metadata.xmp);
  return FromNumber(value.value_or(1)).value_or(Orientation::kUpright);
}

RgbImage Turn(const RgbImage& image, Orientation orientation) {
  const bool swaps = orientation >= Orientation::kTranspose;
  const ImageSize size = swaps ? ImageSize{image.size.height, image.size.width} : image.size;
  RgbImage turned{size, std::vector<std::uint8_t>(image.pixels.size())};
  std::uint8_t* out = turned.pixels.data();
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x, out += 3) {
      const auto [from_x, from_y] = SourceOf(x, y, image.size, orientation);
      std::memcpy(out,
                  image.pixels.data() + static_cast<std::size_t>(from_y) * RowBytes(image.size.width) +
                      RowBytes(from_x),
                  3);
    }
  }
  return turned;
}

}  // namespace coulis::image
