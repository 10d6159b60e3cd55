#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "coulis/image.h"
#include "golden.h"
#include "image/axis_cache.h"
#include "image/resizer.h"

namespace coulis {
namespace {

using image::VerticalPassFirst;
using image::WholeAxis;
using test::FromText;
using test::ToText;

RgbImage RandomImage(ImageSize size, std::mt19937& random, bool extremes) {
  RgbImage image{size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.width * size.height) * 3)};
  for (std::uint8_t& value : image.pixels) {
    const auto bits = random();
    value = extremes ? (bits % 2 != 0 ? 255 : 0) : static_cast<std::uint8_t>(bits % 256);
  }
  return image;
}

/// All expected pixels below are Pillow 13.0.0's.
const RgbImage kGrid = FromText({3, 2},
                                "000000 ff00ff 008040"
                                "ffff00 00c864 5a3c1e");

TEST(Resize, LargerEqualsPillow) {
  EXPECT_EQ(ToText(Resize(kGrid, {5, 3})),
            "000000 610066 ff00ff 695193 009034\n"
            "808000 847944 8064b2 4a5f65 315e26\n"
            "ffff00 a6ff22 00d55a 2b6d36 672b17\n");
}

TEST(Resize, SmallerEqualsPillow) {
  EXPECT_EQ(ToText(Resize(kGrid, {2, 1})), "837944 4a5f64\n");
}

TEST(Resize, NarrowerAndTallerEqualsPillow) {
  EXPECT_EQ(ToText(Resize(kGrid, {1, 4})), "641b7d\n654368\n68923f\n69ba2a\n");
}

TEST(Resize, VerticalPassFirstEqualsPillow) {
  RgbImage image{{2, 9}, std::vector<std::uint8_t>(2 * 9 * 3)};
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * 37);
  ASSERT_TRUE(VerticalPassFirst({2, 9}, {3, 2}));
  EXPECT_EQ(ToText(Resize(image, {3, 2})),
            "918066 746d6c 565a72\n"
            "5f5b81 7d7d87 9a9e8d\n");
}

TEST(Resize, SameSizeIsACopy) {
  EXPECT_EQ(Resize(kGrid, {3, 2}).pixels, kGrid.pixels);
}

TEST(Resize, OnePixelFillsEverything) {
  const RgbImage pixel = FromText({1, 1}, "12ab9f");
  const RgbImage large = Resize(pixel, {17, 5});
  for (std::size_t i = 0; i < large.pixels.size(); ++i) ASSERT_EQ(large.pixels[i], pixel.pixels[i % 3]) << i;
}

TEST(Resize, VerticalPassGoesFirstWhenItTakesAwayMuchMore) {
  EXPECT_FALSE(VerticalPassFirst({100, 100}, {224, 224}));
  EXPECT_FALSE(VerticalPassFirst({640, 480}, {224, 224}));
  EXPECT_FALSE(VerticalPassFirst({480, 640}, {224, 224}));
  EXPECT_TRUE(VerticalPassFirst({300, 400}, {224, 224}));
  EXPECT_TRUE(VerticalPassFirst({87, 91}, {44, 4}));
  EXPECT_FALSE(VerticalPassFirst({87, 91}, {44, 5}));
  EXPECT_FALSE(VerticalPassFirst({10, 5}, {400, 5}));
}

class EveryKernel : public testing::TestWithParam<ResizeKernel> {};

TEST_P(EveryKernel, EqualsScalarAtRandomSizes) {
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    const auto side = [&] { return static_cast<int>(random() % (i % 4 == 0 ? 300 : 40)) + 1; };
    const ImageSize from{side(), side()};
    const ImageSize to{side(), side()};
    const RgbImage image = RandomImage(from, random, i % 2 == 0);
    ASSERT_EQ(Resize(image, to, GetParam()).pixels, Resize(image, to, ResizeKernel::kScalar).pixels)
        << from.width << " x " << from.height << " to " << to.width << " x " << to.height;
  }
}

TEST_P(EveryKernel, EqualsScalarAtLongEdges) {
  std::mt19937 random(2);
  for (const ImageSize from :
       {ImageSize{5000, 1}, ImageSize{1, 5000}, ImageSize{2000, 3}, ImageSize{3, 2000}}) {
    const RgbImage image = RandomImage(from, random, true);
    for (const ImageSize to : {ImageSize{1, 1}, ImageSize{224, 224}, ImageSize{7, 1}, ImageSize{1, 7}}) {
      ASSERT_EQ(Resize(image, to, GetParam()).pixels, Resize(image, to, ResizeKernel::kScalar).pixels);
    }
  }
}

TEST_P(EveryKernel, WritesNotOneByteTooMany) {
  std::mt19937 random(3);
  for (int width = 1; width < 70; ++width) {
    const RgbImage image = RandomImage({width % 7 + 1, 5}, random, false);
    std::vector<std::uint8_t> target(static_cast<std::size_t>(width) * 3 * 3 + 64, 0xEE);
    image::Resizer resizer(ImageSize{width, 3}, GetParam());
    resizer.SetTarget(target.data());
    image::Replay(image, resizer);
    EXPECT_THAT(std::vector<std::uint8_t>(target.end() - 64, target.end()), testing::Each(0xEE));
  }
}

std::string NameOf(const testing::TestParamInfo<ResizeKernel>& info) {
  return std::string(ToString(info.param));
}
INSTANTIATE_TEST_SUITE_P(Kernels, EveryKernel, testing::ValuesIn(AvailableResizeKernels()), NameOf);

TEST(ResizeKernels, ScalarIsAlwaysThereAndFirst) {
  EXPECT_EQ(AvailableResizeKernels().front(), ResizeKernel::kScalar);
}

TEST(ResizeWeights, SumToOneWithinRounding) {
  for (const auto& [in, out] : {std::pair{100, 224}, {224, 100}, {1, 9}, {9, 1}, {4000, 224}, {5, 5}}) {
    const ResizeFilter filter = in % 2 == 0 ? ResizeFilter::kBicubic : ResizeFilter::kBilinear;
    const image::AxisWeights axis = image::ResizeWeights(WholeAxis(filter, in, out));
    for (int i = 0; i < out; ++i) {
      const auto begin = axis.weights.begin() + static_cast<std::ptrdiff_t>(i) * axis.taps;
      const int sum = std::accumulate(begin, begin + axis.taps, 0);
      EXPECT_NEAR(sum, 1 << image::kWeightBits, axis.taps) << in << " to " << out << ", pixel " << i;
    }
  }
}

TEST(ResizeWeights, WindowsStayInsideUnlessTheInputIsShorter) {
  for (int in = 1; in < 60; ++in) {
    for (int out = 1; out < 60; ++out) {
      const image::AxisWeights axis = image::ResizeWeights(WholeAxis(ResizeFilter::kBilinear, in, out));
      const int last = *std::max_element(axis.first.begin(), axis.first.end());
      EXPECT_LE(last + axis.taps, std::max(in, axis.taps));
      EXPECT_TRUE(std::is_sorted(axis.first.begin(), axis.first.end()));
    }
  }
}

TEST(AxisCache, GivesTheSameAxisAgainAndStaysSmall) {
  image::AxisCache cache(image::FunctionsOf(ResizeKernel::kScalar));
  const auto first = cache.Get(WholeAxis(ResizeFilter::kBicubic, 100, 224));
  EXPECT_EQ(cache.Get(WholeAxis(ResizeFilter::kBicubic, 100, 224)), first);
  EXPECT_NE(cache.Get(WholeAxis(ResizeFilter::kBilinear, 100, 224)), first);
  for (int in = 1; in < 3000; ++in) (void)cache.Get(WholeAxis(ResizeFilter::kBicubic, in, 224));
  EXPECT_LE(cache.bytes(), image::AxisCache::kMaxBytes);
  EXPECT_NE(cache.Get(WholeAxis(ResizeFilter::kBicubic, 100, 224)), nullptr);
  (void)cache.Get(
      WholeAxis(ResizeFilter::kBicubic, 5'000'000, 10));  // larger than the whole cache: used, not kept
  EXPECT_LE(cache.bytes(), image::AxisCache::kMaxBytes);
}

}  // namespace
}  // namespace coulis
