#pragma once

#include "coulis/image.h"
#include "synth/exact_math.h"
#include "synth/noise.h"
#include "synth/random.h"

namespace coulis::synth {

/// What lies behind the fruit: a seamless studio, a wooden table, cloth, stone or a garden out of focus.
class Background {
 public:
  Background(Random& random, ImageSize size);

  /// Linear light at a pixel.
  [[nodiscard]] Vec3 At(float x, float y, const Noise& noise) const;

  /// Its average colour, which it throws back at the fruit.
  [[nodiscard]] Vec3 average() const { return Mix(first_, second_, 0.5F); }

 private:
  enum class Style { kStudio, kWood, kCloth, kStone, kGarden };

  Style style_;
  Vec3 first_, second_;
  Vec2 middle_;
  float scale_;    // 1 / shorter side
  Vec2 turn_;      // unit vector: the direction of grain and threads
  Vec2 offset_;    // into the noise
  Vec2 brighten_;  // slope of the light across the picture
};

}  // namespace coulis::synth
