#include "image/orientation.h"

#include <gtest/gtest.h>

#include "golden.h"

namespace coulis::image {
namespace {

using test::FromText;
using test::ToText;

std::vector<std::byte> FromString(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

/// A TIFF structure with one entry: the orientation.
std::vector<std::byte> Exif(char value) {
  std::string tiff("MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0?\0\0\0\0\0\0", 26);
  tiff[19] = value;
  return FromString(tiff);
}

const RgbImage kStored = FromText({3, 2},
                                  "000001 000002 000003"
                                  "000004 000005 000006");

TEST(Turn, EqualsPillowsExifTranspose) {
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kUpright)), "000001 000002 000003\n000004 000005 000006\n");
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kFlipLeftRight)),
            "000003 000002 000001\n000006 000005 000004\n");
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kRotate180)), "000006 000005 000004\n000003 000002 000001\n");
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kFlipTopBottom)),
            "000004 000005 000006\n000001 000002 000003\n");
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kTranspose)), "000001 000004\n000002 000005\n000003 000006\n");
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kRotate270)), "000004 000001\n000005 000002\n000006 000003\n");
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kTransverse)), "000006 000003\n000005 000002\n000004 000001\n");
  EXPECT_EQ(ToText(Turn(kStored, Orientation::kRotate90)), "000003 000006\n000002 000005\n000001 000004\n");
}

TEST(OrientationOf, ReadsExif) {
  for (int value = 1; value <= 8; ++value) {
    EXPECT_EQ(OrientationOf({Exif(static_cast<char>(value)), {}}), static_cast<Orientation>(value));
  }
}

TEST(OrientationOf, TakesUnknownValuesForUpright) {
  EXPECT_EQ(OrientationOf({Exif(0), {}}), Orientation::kUpright);
  EXPECT_EQ(OrientationOf({Exif(9), {}}), Orientation::kUpright);
  EXPECT_EQ(OrientationOf({}), Orientation::kUpright);
  EXPECT_EQ(OrientationOf({FromString("not EXIF at all"), {}}), Orientation::kUpright);
}

TEST(OrientationOf, SurvivesACutAnywhere) {
  const std::vector<std::byte> exif = Exif(6);
  for (std::size_t length = 0; length < exif.size(); ++length) {
    const auto end = exif.begin() + static_cast<std::ptrdiff_t>(length);
    const Orientation found = OrientationOf({{exif.begin(), end}, {}});
    EXPECT_TRUE(found == Orientation::kUpright || found == Orientation::kRotate270);
  }
}

TEST(OrientationOf, PrefersExifToXmp) {
  const std::vector<std::byte> xmp = FromString("<x tiff:Orientation=\"8\"/>");
  EXPECT_EQ(OrientationOf({{}, xmp}), Orientation::kRotate90);
  EXPECT_EQ(OrientationOf({Exif(3), xmp}), Orientation::kRotate180);
}

TEST(FindMetadata, FindsNothingInOtherFormats) {
  EXPECT_TRUE(FindMetadata(FromString("GIF89a")).exif.empty());
  EXPECT_TRUE(FindMetadata({}).exif.empty());
}

}  // namespace
}  // namespace coulis::image
