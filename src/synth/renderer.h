#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coulis/image.h"
#include "synth/noise.h"
#include "synth/scene.h"

namespace coulis::synth {

/// Paints a scene a few rows at a time, so that memory grows with the width of the picture alone.
/// One per thread; not thread-safe.
class Renderer {
 public:
  explicit Renderer(const Noise& noise) : noise_(noise) {}

  /// Rows [first, first + count) of the scene as interleaved RGB bytes; valid until the next call. `key`
  /// seeds the sensor's noise.
  std::span<const std::uint8_t> Paint(const Scene& scene, ImageSize size, int first, int count,
                                      std::uint64_t key);

 private:
  void PaintBackground(const Scene& scene, int width, int y);
  void PaintShadow(const Shadow& shadow, int width, int y);
  void PaintBody(const Body& body, float reach, const Light& light, int width, int y);
  void Develop(float grain, int width, int y, std::uint64_t key, std::uint8_t* out) const;

  const Noise& noise_;
  std::vector<Vec3> row_;       // linear light
  std::vector<float> reaches_;  // of the scene's bodies
  std::vector<std::uint8_t> bytes_;
};

}  // namespace coulis::synth
