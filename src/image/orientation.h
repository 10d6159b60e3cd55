// The EXIF orientation: where it stands in each format, and what it does to an image.
#pragma once

#include <cstddef>
#include <vector>

#include "coulis/image.h"
#include "image/decode.h"

namespace coulis::image {

/// How the stored image must be turned to be upright; the values are EXIF's (tag 0x0112).
enum class Orientation {
  kUpright = 1,
  kFlipLeftRight = 2,
  kRotate180 = 3,
  kFlipTopBottom = 4,
  kTranspose = 5,
  kRotate270 = 6,  ///< Counter-clockwise, as Pillow counts.
  kTransverse = 7,
  kRotate90 = 8,
};

/// The metadata that can hold an orientation.
struct Metadata {
  std::vector<std::byte> exif;  ///< A TIFF structure, perhaps after "Exif\0\0".
  std::vector<std::byte> xmp;   ///< An XML packet.
};

/// Finds EXIF and XMP in a JPEG, PNG or WebP; elsewhere, and in a damaged file, there is none.
[[nodiscard]] Metadata FindMetadata(Bytes bytes);

/// The orientation that EXIF states, else the one that XMP states (`tiff:Orientation`), else kUpright.
[[nodiscard]] Orientation OrientationOf(const Metadata& metadata);

/// The image turned upright.
[[nodiscard]] RgbImage Turn(const RgbImage& image, Orientation orientation);

}  // namespace coulis::image
