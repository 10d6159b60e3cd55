#pragma once

#include <vector>

#include "coulis/image.h"
#include "synth/background.h"
#include "synth/body.h"
#include "synth/fruit_kind.h"
#include "synth/random.h"

namespace coulis::synth {

/// A soft dark ellipse on the background.
struct Shadow {
  Vec2 centre;       ///< Pixels.
  Vec2 up;           ///< Unit vector of its long axis.
  float length = 0;  ///< Half-lengths at which it has faded, pixels.
  float width = 0;
  float strength = 0;  ///< Share of the light that it takes in the middle, 0 to 1.
};

/// Everything that one picture shows.
struct Scene {
  Background background;
  Light light;
  std::vector<Shadow> shadows;
  std::vector<Body> bodies;  ///< From back to front.
  float grain = 0;           ///< Standard deviation of the sensor's noise, in steps of 1/255.
};

/// A picture of one fruit, or one bunch, of this kind; `random` decides the rest.
Scene ComposeScene(const FruitKind& kind, ImageSize size, Random& random);

}  // namespace coulis::synth
