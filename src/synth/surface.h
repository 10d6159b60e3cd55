#pragma once

#include <cstdint>

#include "synth/exact_math.h"
#include "synth/fruit_kind.h"
#include "synth/noise.h"

namespace coulis::synth {

/// Linear light from an sRGB colour 0xRRGGBB, with gamma 2: the renderer's square root undoes it exactly.
Vec3 LinearColour(std::uint32_t rgb);

/// What a body is covered with. Colours are linear light, 0 to 1.
struct Material {
  Surface surface = Surface::kSmooth;
  Vec3 skin;
  Vec3 second;
  Vec3 accent;
  float cells = 8;
  float blush = 0.5F;
  float gloss = 0.4F;
  float aspect = 1;  ///< Of the body, so that cells come out round.
  float grain = 60;  ///< Repeats of the finest detail over the body's length.
  Vec2 offset;       ///< Into the noise: every fruit has its own spots.
};

/// A point of a body's surface as the camera sees it.
struct SurfacePoint {
  float around;  ///< Longitude: -1 at the left edge to 1 at the right.
  float along;   ///< -1 at the bottom to 1 at the top.
  float rim;     ///< Distance from the body's middle in its outline: 0 to 1. Halves use it.
};

/// The look of that point: colour, and how far its normal leans off the body's own.
struct SurfaceLook {
  Vec3 colour;
  Vec2 lean;
  float gloss = 0;
};

SurfaceLook LookOf(const Material& material, const SurfacePoint& point, const Noise& noise);

}  // namespace coulis::synth
