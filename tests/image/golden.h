// Pixels as text: one string a row, pixels as RRGGBB with a blank behind each.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "coulis/image.h"

namespace coulis::test {

inline std::string ToText(const RgbImage& image) {
  std::string text;
  for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
    char pixel[8];
    std::snprintf(pixel, sizeof pixel, "%02x%02x%02x", image.pixels[i], image.pixels[i + 1],
                  image.pixels[i + 2]);
    text += pixel;
    text += (i / 3 + 1) % static_cast<std::size_t>(image.size.width) == 0 ? "\n" : " ";
  }
  return text;
}

inline RgbImage FromText(ImageSize size, std::string_view text) {
  RgbImage image{size, {}};
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits += c;
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    image.pixels.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return image;
}

}  // namespace coulis::test
