// Colours by index, for the formats whose pixels are indices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace coulis::image {

/// 256 colours; those that a file does not define are black, as in Pillow.
struct Palette {
  struct Color {
    std::uint8_t r = 0;
    std::uint8_t g = 0;
    std::uint8_t b = 0;
    bool operator==(const Color&) const = default;
  };
  std::array<Color, 256> colors{};

  /// Grey levels: index i is (i, i, i).
  [[nodiscard]] static Palette Greys();
};

/// `count` indices to RGB.
void ApplyPalette(const Palette& palette, const std::uint8_t* indices, std::size_t count, std::uint8_t* rgb);

}  // namespace coulis::image
