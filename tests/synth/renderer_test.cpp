#include "synth/renderer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

namespace coulis::synth {
namespace {

constexpr std::uint64_t kKey = 42;

std::vector<std::uint8_t> Paint(const FruitKind& kind, ImageSize size, int rows_at_a_time) {
  const Noise noise;
  Renderer renderer(noise);
  Random random(kKey);
  const Scene scene = ComposeScene(kind, size, random);
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < size.height; y += rows_at_a_time) {
    const auto rows = renderer.Paint(scene, size, y, std::min(rows_at_a_time, size.height - y), kKey);
    pixels.insert(pixels.end(), rows.begin(), rows.end());
  }
  return pixels;
}

/// Rows of RRGGBB.
std::string HexGrid(const std::vector<std::uint8_t>& pixels, int width) {
  std::string grid;
  for (std::size_t i = 0; i < pixels.size(); i += 3) {
    char text[8];
    std::snprintf(text, sizeof(text), "%02x%02x%02x", unsigned{pixels[i]}, unsigned{pixels[i + 1]},
                  unsigned{pixels[i + 2]});
    grid += text;
    grid += (i / 3 + 1) % static_cast<std::size_t>(width) == 0 ? "\n" : " ";
  }
  return grid;
}

TEST(Renderer, PixelsAreTheSameOnEveryMachine) {
  // An apple, from afar. Whoever changes the pictures on purpose writes the new ones here.
  EXPECT_EQ(HexGrid(Paint(FruitKinds()[0], {8, 8}, 8), 8),
            "556273 586677 5c697b 627183 647185 657386 6e7d90 6f7d92\n"
            "525d6e 576576 5f7373 6d705c 806171 667588 69768b 708092\n"
            "546172 586476 6a823e af7a37 de393e 99846e 677588 6f7d91\n"
            "566270 8f8844 d9cc52 fced88 edaa73 bb5437 717683 697789\n"
            "56606e 766d32 a89f3c bcaf49 bb5a39 b8903d 6f777d 667485\n"
            "4f5b6a 3e3a41 6a3f1e 881e1c 94161d 7e2d37 646f82 697789\n"
            "4e5768 444d5b 464951 332c33 3a353e 5b6a79 626f80 616e80\n"
            "4c5564 55616f 55606e 576272 5d6b7a 637082 5c687a 566273\n");
}

TEST(Renderer, RowsAtATimeDoNotChangePixels) {
  const auto whole = Paint(FruitKinds()[5], {40, 30}, 30);
  EXPECT_EQ(Paint(FruitKinds()[5], {40, 30}, 1), whole);
  EXPECT_EQ(Paint(FruitKinds()[5], {40, 30}, 7), whole);
}

TEST(Renderer, EveryKindCanBePaintedAtAnySize) {
  for (const FruitKind& kind : FruitKinds()) {
    for (const ImageSize size : {ImageSize{1, 1}, ImageSize{1, 50}, ImageSize{50, 1}, ImageSize{24, 16}}) {
      SCOPED_TRACE(kind.name);
      EXPECT_EQ(Paint(kind, size, 16).size(), static_cast<std::size_t>(size.width * size.height * 3));
    }
  }
}

TEST(Renderer, EveryKindLooksDifferent) {
  std::set<std::string> seen;
  for (const FruitKind& kind : FruitKinds()) {
    EXPECT_TRUE(seen.insert(HexGrid(Paint(kind, {16, 16}, 16), 16)).second) << kind.name;
  }
}

TEST(FruitKinds, NamesAreDistinctFolderNames) {
  std::set<std::string> names;
  for (const FruitKind& kind : FruitKinds()) {
    const std::string name = kind.name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(std::ranges::all_of(name, [](unsigned char c) { return std::islower(c) || c == '_'; }))
        << name;
  }
}

}  // namespace
}  // namespace coulis::synth
