#pragma once

#include "synth/exact_math.h"
#include "synth/noise.h"
#include "synth/surface.h"

namespace coulis::synth {

/// One sun (or window) and the light from everywhere else. Vectors in image directions: x right, y down, z to
/// the camera.
struct Light {
  Vec3 direction;  ///< To the light, unit length.
  Vec3 halfway;    ///< Between it and the camera, unit length.
  Vec3 key;        ///< Colour and strength.
  Vec3 sky;        ///< From above.
  Vec3 ground;     ///< From below: the background's colour.
};

/// A solid of revolution seen from the side: everything in the pictures is made of these. Its half-width at
/// `t` along the axis (-1 bottom, 1 top), in half-lengths, is the square root of
///   P(t) = aspect^2 (1 - t^2) (1 + fullness t^2) (1 + taper t)^2,
/// with the axis bent into a parabola and, for an apple's hollow, the top pushed down around the axis.
struct Body {
  Vec2 centre;       ///< Pixels.
  Vec2 up{0, -1};    ///< Unit vector of the axis in the image, towards the top.
  float length = 1;  ///< Half of it, pixels.
  float aspect = 1;
  float fullness = 0;
  float taper = 0;
  float bend = 0;
  float dimple = 0;
  float flatness = 0;  ///< 0 round … 1 a flat card (leaves, cut halves).
  float lit = 1;       ///< Share of the light that reaches it between its neighbours.
  Material material;

  /// Pixels around the centre within which all of it lies.
  [[nodiscard]] float Reach() const;
};

/// Colour (linear light) and coverage of one pixel; coverage 0: the body is not there.
struct Fragment {
  Vec3 colour;
  float coverage = 0;
};

/// What `body` shows at the pixel whose middle lies `offset` from its centre.
Fragment Shade(const Body& body, Vec2 offset, const Light& light, const Noise& noise);

}  // namespace coulis::synth
