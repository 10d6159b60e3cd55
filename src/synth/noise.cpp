#include "synth/noise.h"

#include "synth/exact_math.h"
#include "synth/random.h"

namespace coulis::synth {

Noise::Noise() : tile_(kSide * kSide) {
  Random random(0x636F756C6973);
  for (float& value : tile_) {
    value = random.Uniform(-1.0F, 1.0F);
  }
}

float Noise::At(float x, float y) const {
  const int column = Floor(x);
  const int row = Floor(y);
  const float fx = x - static_cast<float>(column);
  const float fy = y - static_cast<float>(row);
  constexpr unsigned kMask = kSide - 1;
  const unsigned left = static_cast<unsigned>(column) & kMask;
  const unsigned right = (left + 1) & kMask;
  const float* top = tile_.data() + (static_cast<unsigned>(row) & kMask) * kSide;
  const float* bottom = tile_.data() + ((static_cast<unsigned>(row) + 1) & kMask) * kSide;
  const float across = fx * fx * (3.0F - 2.0F * fx);
  const float down = fy * fy * (3.0F - 2.0F * fy);
  const float above = top[left] + (top[right] - top[left]) * across;
  const float below = bottom[left] + (bottom[right] - bottom[left]) * across;
  return above + (below - above) * down;
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
