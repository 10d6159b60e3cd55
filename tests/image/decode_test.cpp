#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "coulis/image.h"
#include "golden.h"
#include "tiny_images.h"

namespace coulis {
namespace {

using test::FromHex;
using test::FromText;
using test::kTinyImages;
using test::TinyImage;
using testing::HasSubstr;
using Bytes = std::vector<std::byte>;

Bytes FromString(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

std::string ErrorOf(const Bytes& bytes, const DecodeOptions& options = {}) {
  const Result<RgbImage> image = DecodeRgb(bytes, options);
  if (image) return "no error";
  EXPECT_EQ(image.error().code, ErrorCode::kBadImage);
  return image.error().message;
}

class EveryFormat : public testing::TestWithParam<TinyImage> {
 protected:
  const Bytes file_ = FromHex(GetParam().file_hex);
};

TEST_P(EveryFormat, DecodesToPillowsPixels) {
  const Result<RgbImage> image = DecodeRgb(file_);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(test::ToText(*image), test::ToText(FromText({3, 2}, GetParam().pixels_hex)));
}

TEST_P(EveryFormat, PreprocessorEqualsDecodeThenResize) {
  const Result<RgbImage> image = DecodeRgb(file_);
  ASSERT_TRUE(image);
  for (const ImageSize size :
       {ImageSize{3, 2}, ImageSize{7, 5}, ImageSize{1, 1}, ImageSize{3, 9}, ImageSize{8, 2}}) {
    Preprocessor preprocessor(size);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size.width * size.height) * 3);
    const Result<ImageSize> own = preprocessor.Run(file_, pixels);
    ASSERT_TRUE(own);
    EXPECT_EQ(*own, (ImageSize{3, 2}));
    EXPECT_EQ(pixels, Resize(*image, size).pixels);
  }
}

TEST_P(EveryFormat, CutAnywhereNeitherCrashesNorSpoilsTheNextImage) {
  Preprocessor preprocessor({4, 4});
  std::vector<std::uint8_t> expected(48);
  ASSERT_TRUE(preprocessor.Run(file_, expected));
  std::vector<std::uint8_t> pixels(48);
  for (std::size_t length = 0; length < file_.size(); ++length) {
    const Bytes cut(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(length));
    const Result<ImageSize> size = preprocessor.Run(cut, pixels);
    EXPECT_TRUE(size || size.error().code == ErrorCode::kBadImage);
    ASSERT_TRUE(preprocessor.Run(file_, pixels)) << "after a cut at " << length;
    ASSERT_EQ(pixels, expected) << "after a cut at " << length;
  }
}

TEST_P(EveryFormat, CutInHalfIsAnError) {
  const Bytes half(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(file_.size() / 2));
  EXPECT_NE(ErrorOf(half), "no error");
}

TEST_P(EveryFormat, AnyDamagedByteEndsInAnImageOrAnError) {
  const DecodeOptions options{.limits = {.max_pixels = 1'000'000}, .exif_rotate = true};
  for (std::size_t i = 0; i < file_.size(); ++i) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      Bytes damaged = file_;
      damaged[i] ^= static_cast<std::byte>(flip);
      const Result<RgbImage> image = DecodeRgb(damaged, options);
      EXPECT_TRUE(image || !image.error().message.empty());
    }
  }
}

TEST_P(EveryFormat, IsRefusedWhenItHasMorePixelsThanTheLimit) {
  EXPECT_THAT(ErrorOf(file_, {.limits = {.max_pixels = 5}}),
              HasSubstr("image of 3 x 2 pixels is over the limit of 5 pixels"));
  EXPECT_EQ(ErrorOf(file_, {.limits = {.max_pixels = 6}}), "no error");
}

TEST_P(EveryFormat, IsRefusedWhenItHasMoreBytesThanTheLimit) {
  const auto size = static_cast<std::int64_t>(file_.size());
  EXPECT_THAT(ErrorOf(file_, {.limits = {.max_bytes = size - 1}}), HasSubstr("over the limit of"));
  EXPECT_EQ(ErrorOf(file_, {.limits = {.max_bytes = size}}), "no error");
}

std::string NameOf(const testing::TestParamInfo<TinyImage>& info) {
  return std::string(info.param.name);
}
INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::ValuesIn(kTinyImages), NameOf);

TEST(DecodeRgb, SaysThatAFileIsEmpty) {
  EXPECT_EQ(ErrorOf({}), "the file is empty");
}

TEST(DecodeRgb, SaysThatTextIsNotAnImage) {
  EXPECT_THAT(ErrorOf(FromString("This is a shopping list, not a photograph.")), HasSubstr("not an image"));
}

TEST(DecodeRgb, TruncatedJpegNamesTheBytesLeft) {
  Bytes file = FromHex(kTinyImages[0].file_hex);
  file.erase(file.end() - 6, file.end());
  EXPECT_THAT(ErrorOf(file),
              testing::ContainsRegex("image file is truncated \\([0-9]+ bytes not processed\\)"));
}

TEST(DecodeRgb, ShortestBeginningsOfEveryFormatAreErrors) {
  for (const std::string_view start : {"\xFF\xD8\xFF", "\x89PNG\r\n\x1A\n", "RIFF", "RIFF\1\1\1\1WEBPVP8 ",
                                       "RIFF\1\1\1\1WEBPVP8", "GIF89a", "BM", "B", "\xFF"}) {
    EXPECT_NE(ErrorOf(FromString(start)), "no error");
  }
}

TEST(Preprocessor, CanBeMoved) {
  const Bytes file = FromHex(kTinyImages[0].file_hex);
  Preprocessor first({2, 2});
  std::vector<std::uint8_t> expected(12);
  std::vector<std::uint8_t> pixels(12);
  ASSERT_TRUE(first.Run(file, expected));
  Preprocessor second = std::move(first);
  ASSERT_TRUE(second.Run(file, pixels));
  EXPECT_EQ(pixels, expected);
}

}  // namespace
}  // namespace coulis
