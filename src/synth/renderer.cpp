#include "synth/renderer.h"

#include <algorithm>
#include <cmath>

#include "synth/random.h"

namespace coulis::synth {
namespace {

/// The pixels [begin, end) of a row that lie within `reach` of `centre`; y is the row's middle.
struct Stretch {
  int begin, end;
};

Stretch Within(Vec2 centre, float reach, float y, int width) {
  const float chord2 = Square(reach) - Square(y - centre.y);
  if (chord2 <= 0.0F) return {0, 0};
  const float chord = std::sqrt(chord2);
  const auto limit = static_cast<float>(width);
  return {Floor(std::min(std::max(centre.x - chord, 0.0F), limit)),
          Floor(std::min(std::max(centre.x + chord, 0.0F), limit))};
}

std::uint8_t ToByte(float linear, float noise) {
  const float value = 255.0F * std::sqrt(std::min(std::max(linear, 0.0F), 1.0F)) + noise;
  const float next_half = value + 0.5F;  // Cut off below: rounds to nearest.
  return static_cast<std::uint8_t>(std::min(std::max(next_half, 0.0F), 255.0F));
}

}  // namespace

std::span<const std::uint8_t> Renderer::Paint(const Scene& scene, ImageSize size, int first, int count,
                                              std::uint64_t key) {
  const auto width = static_cast<std::size_t>(size.width);
  row_.resize(width);
  bytes_.resize(width * 3 * static_cast<std::size_t>(count));
  reaches_.clear();
  for (const Body& body : scene.bodies) reaches_.push_back(body.Reach());

  for (int y = first; y < first + count; ++y) {
    PaintBackground(scene, size.width, y);
    for (const Shadow& shadow : scene.shadows) PaintShadow(shadow, size.width, y);
    for (std::size_t i = 0; i < scene.bodies.size(); ++i) {
      PaintBody(scene.bodies[i], reaches_[i], scene.light, size.width, y);
    }
    Develop(scene.grain, size.width, y, key, bytes_.data() + static_cast<std::size_t>(y - first) * width * 3);
  }
  return bytes_;
}

void Renderer::PaintBackground(const Scene& scene, int width, int y) {
  for (int x = 0; x < width; ++x) {
    row_[static_cast<std::size_t>(x)] =
        scene.background.At(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F, noise_);
  }
}

void Renderer::PaintShadow(const Shadow& shadow, int width, int y) {
  const float middle = static_cast<float>(y) + 0.5F;
  const Stretch stretch = Within(shadow.centre, std::max(shadow.length, shadow.width), middle, width);
  for (int x = stretch.begin; x < stretch.end; ++x) {
    const float dx = static_cast<float>(x) + 0.5F - shadow.centre.x;
    const float dy = middle - shadow.centre.y;
    const float along = (dx * shadow.up.x + dy * shadow.up.y) / shadow.length;
    const float across = (dy * shadow.up.x - dx * shadow.up.y) / shadow.width;
    const float light = Clamp01(along * along + across * across);
    const float shade = shadow.strength * Square(1.0F - light) * (1.0F + 2.0F * light);
    Vec3& pixel = row_[static_cast<std::size_t>(x)];
    pixel = pixel * (1.0F - shade);
  }
}

void Renderer::PaintBody(const Body& body, float reach, const Light& light, int width, int y) {
  const float middle = static_cast<float>(y) + 0.5F;
  const Stretch stretch = Within(body.centre, reach, middle, width);
  for (int x = stretch.begin; x < stretch.end; ++x) {
    const Vec2 offset = {static_cast<float>(x) + 0.5F - body.centre.x, middle - body.centre.y};
    const Fragment fragment = Shade(body, offset, light, noise_);
    Vec3& pixel = row_[static_cast<std::size_t>(x)];
    pixel = Mix(pixel, fragment.colour, fragment.coverage);
  }
}

void Renderer::Develop(float grain, int width, int y, std::uint64_t key, std::uint8_t* out) const {
  // After the square root, shot noise is as strong in the light as in the dark (Anscombe 1948). The sum of
  // four bytes is close enough to a bell curve; its standard deviation is 148.
  Random random(key, static_cast<std::uint64_t>(y));
  const float luma = grain / 148.0F;
  const float chroma = 0.35F * grain / 104.0F;
  const auto byte = [](std::uint64_t bits, int i) { return static_cast<int>((bits >> (8 * i)) & 0xFFU); };
  for (int x = 0; x < width; ++x) {
    const std::uint64_t bits = random.Next();
    const float grey =
        luma * static_cast<float>(byte(bits, 0) + byte(bits, 1) + byte(bits, 2) + byte(bits, 3) - 510);
    const float red = chroma * static_cast<float>(byte(bits, 4) + byte(bits, 5) - 255);
    const float blue = chroma * static_cast<float>(byte(bits, 6) + byte(bits, 7) - 255);
    const Vec3& pixel = row_[static_cast<std::size_t>(x)];
    *out++ = ToByte(pixel.x, grey + red);
    *out++ = ToByte(pixel.y, grey - 0.5F * (red + blue));
    *out++ = ToByte(pixel.z, grey + blue);
  }
}

}  // namespace coulis::synth
