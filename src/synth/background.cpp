#include "synth/background.h"

#include <algorithm>
#include <array>

#include "synth/surface.h"

namespace coulis::synth {
namespace {

using Pair = std::array<std::uint32_t, 2>;
constexpr std::array<Pair, 6> kStudio = {{{0xF4F4F2, 0xDADADC},
                                          {0xE8E0D4, 0xC8BEB0},
                                          {0xD8E2E6, 0xAEBCC4},
                                          {0x5A5C60, 0x38393C},
                                          {0xE6D0C4, 0xC8A898},
                                          {0xC8D4C0, 0xA0B098}}};
constexpr std::array<Pair, 4> kWood = {
    {{0xC69A66, 0x8A5C32}, {0x8A623E, 0x50341E}, {0xD8BE98, 0xAE8C62}, {0x9A9086, 0x645C54}}};
constexpr std::array<Pair, 4> kCloth = {
    {{0xE8E4DC, 0xC0B8AC}, {0x8090A4, 0x5A687C}, {0xB4A078, 0x8C7A58}, {0xD4D8DC, 0xA4B0BC}}};
constexpr std::array<Pair, 4> kStone = {
    {{0x9A9C9E, 0x5E6064}, {0xDCDAD6, 0xA8A49E}, {0x4A4E54, 0x2A2C30}, {0xB8AC9C, 0x8A7E70}}};
constexpr std::array<Pair, 3> kGarden = {{{0x8AA05A, 0x34502A}, {0xA8B478, 0x50683C}, {0x7C9078, 0x2C4434}}};

template <std::size_t n>
Pair Choose(const std::array<Pair, n>& pairs, Random& random) {
  return pairs[static_cast<std::size_t>(random.Below(static_cast<int>(n)))];
}

float Wood(float u, float v, const Noise& noise) {
  const float plank = v * 3.2F;
  const auto number = static_cast<float>(Floor(plank));
  const float seam = SmoothStep(0.97F, 1.0F, TriangleWave(plank));
  const float rings = noise.Fractal(u * 1.3F + number * 7.7F, v * 22.0F + number * 3.1F, 3);
  const float fibre = noise.At(u * 14.0F, v * 260.0F);
  const float own = noise.At(number * 1.7F + 0.5F, 0.5F);
  return Clamp01(0.45F + 0.30F * rings + 0.14F * fibre + 0.25F * own + 0.8F * seam);
}

float Cloth(float u, float v, const Noise& noise) {
  const float threads = TriangleWave(u * 90.0F) * TriangleWave(v * 90.0F);
  const float folds = noise.Fractal(u * 2.2F, v * 1.4F, 2);
  return Clamp01(0.40F + 0.18F * threads + 0.42F * folds + 0.10F * noise.At(u * 120.0F, v * 120.0F));
}

float Stone(float u, float v, const Noise& noise) {
  const float cloud = noise.Fractal(u * 3.0F, v * 3.0F, 5);
  const float vein = SmoothStep(0.06F, 0.0F, std::max(cloud, -cloud));
  return Clamp01(0.5F + 0.4F * cloud - 0.25F * vein + 0.12F * noise.At(u * 200.0F, v * 200.0F));
}

float Garden(float u, float v, float down, const Noise& noise) {
  return Clamp01(0.45F + 0.6F * noise.Fractal(u * 2.6F, v * 2.6F, 2) + 0.4F * down);
}

}  // namespace

Background::Background(Random& random, ImageSize size)
    : style_(static_cast<Style>(random.Below(5))),
      middle_{static_cast<float>(size.width) * 0.5F, static_cast<float>(size.height) * 0.5F},
      scale_(1.0F / static_cast<float>(std::min(size.width, size.height))),
      turn_(random.NearlyUp(0.5F)),
      offset_{random.Uniform(0.0F, 100.0F), random.Uniform(0.0F, 100.0F)},
      brighten_{random.Uniform(-0.25F, 0.25F), random.Uniform(-0.35F, 0.05F)} {
  Pair colours{};
  switch (style_) {
    case Style::kStudio:
      colours = Choose(kStudio, random);
      break;
    case Style::kWood:
      colours = Choose(kWood, random);
      break;
    case Style::kCloth:
      colours = Choose(kCloth, random);
      break;
    case Style::kStone:
      colours = Choose(kStone, random);
      break;
    case Style::kGarden:
      colours = Choose(kGarden, random);
      break;
  }
  const float brightness = random.Uniform(0.8F, 1.1F);
  first_ = LinearColour(colours[0]) * brightness;
  second_ = LinearColour(colours[1]) * brightness;
}

Vec3 Background::At(float x, float y, const Noise& noise) const {
  const float dx = (x - middle_.x) * scale_;
  const float dy = (y - middle_.y) * scale_;
  const float u = dx * turn_.x + dy * turn_.y + offset_.x;
  const float v = dy * turn_.x - dx * turn_.y + offset_.y;
  float dark = 0.0F;
  switch (style_) {
    case Style::kStudio:
      dark = Clamp01(0.4F + 0.8F * dy + 0.10F * noise.At(u, v));
      break;
    case Style::kWood:
      dark = Wood(u, v, noise);
      break;
    case Style::kCloth:
      dark = Cloth(u, v, noise);
      break;
    case Style::kStone:
      dark = Stone(u, v, noise);
      break;
    case Style::kGarden:
      dark = Garden(u, v, dy, noise);
      break;
  }
  const float vignette =
      std::max(0.4F, 1.0F + brighten_.x * dx + brighten_.y * dy - 0.35F * (dx * dx + dy * dy));
  return Mix(first_, second_, dark) * vignette;
}

}  // namespace coulis::synth
