#include "image/strip.h"

#include <gtest/gtest.h>

#include "coulis/image.h"
#include "image/orientation.h"
#include "tiny_images.h"

namespace coulis {
namespace {

using test::FromHex;
using test::kTinyImages;

TEST(StripTest, DecodesToTheSamePixelsOrToTheSameError) {
  for (const auto& tiny : kTinyImages) {
    const std::vector<std::byte> bytes = FromHex(tiny.file_hex);
    const Result<StrippedImage> stripped = StripMetadata(bytes);
    ASSERT_TRUE(stripped.ok()) << tiny.name << ": " << stripped.error().message;
    const Result<RgbImage> before = DecodeRgb(bytes);
    const Result<RgbImage> after = DecodeRgb(stripped->bytes);
    ASSERT_EQ(before.ok(), after.ok()) << tiny.name;
    if (before) {
      EXPECT_EQ(before->pixels, after->pixels) << tiny.name;
    }
  }
}

// Wherever a file is cut off: no reading past its end (the sanitizers look), and nothing that was not there
// before.
TEST(StripTest, EveryBeginningOfAFileIsStrippedOrRefused) {
  for (const auto& tiny : kTinyImages) {
    const std::vector<std::byte> bytes = FromHex(tiny.file_hex);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Result<StrippedImage> stripped = StripMetadata(std::span(bytes).first(size));
      if (stripped) {
        EXPECT_LE(stripped->bytes.size(), size) << tiny.name;
      }
    }
  }
}

TEST(StripTest, OrientationIsReadBackAsItWasWritten) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    image::Metadata metadata;
    metadata.exif = image::OrientationExif(orientation);
    EXPECT_EQ(static_cast<int>(image::OrientationOf(metadata)), orientation);
  }
}

}  // namespace
}  // namespace coulis
