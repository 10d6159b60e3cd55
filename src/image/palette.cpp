#include "image/palette.h"

namespace coulis::image {

Palette Palette::Greys() {
  Palette palette;
  for (std::size_t i = 0; i < palette.colors.size(); ++i) {
    const auto level = static_cast<std::uint8_t>(i);
    palette.colors[i] = {level, level, level};
  }
  return palette;
}

void ApplyPalette(const Palette& palette, const std::uint8_t* indices, std::size_t count, std::uint8_t* rgb) {
  for (std::size_t i = 0; i < count; ++i, rgb += 3) {
    const Palette::Color& color = palette.colors[indices[i]];
    rgb[0] = color.r;
    rgb[1] = color.g;
    rgb[2] = color.b;
  }
}

}  // namespace coulis::image
