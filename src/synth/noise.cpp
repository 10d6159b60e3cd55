#include "synth/noise.h"

#include "synth/random.h"

namespace coulis::synth {

Noise::Noise() : tile_(kSide * kSide) {
  Random random(0x636F756C6973);
  for (float& value : tile_) {
    value = random.Uniform(-1.0F, 1.0F);
  }
}

float Noise::Fractal(float x, float y, int octaves) const {
  float sum = 0.0F;
  float strength = 1.0F;
  for (int i = 0; i < octaves; ++i) {
    sum += strength * At(x, y);
    // A step aside each time keeps the tile's period from lining up between octaves.
    x = 2.0F * x + 17.3F;
    y = 2.0F * y + 5.7F;
    strength *= 0.5F;
  }
  return sum;
}

}  // namespace coulis::synth
