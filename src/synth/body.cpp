#include "synth/body.h"

#include <cmath>

namespace coulis::synth {
namespace {

/// P(t) and its derivative; see Body.
struct Profile {
  float value, slope;
};

Profile ProfileAt(const Body& b, float t) {
  const float t2 = t * t;
  const float ends = 1.0F - t2;
  const float full = 1.0F + b.fullness * t2;
  const float taper = 1.0F + b.taper * t;
  const float area = Square(b.aspect);
  const float slope = -2.0F * t * full * taper * taper + ends * 2.0F * b.fullness * t * taper * taper +
                      ends * full * 2.0F * taper * b.taper;
  return {area * ends * full * taper * taper, area * slope};
}

/// The implicit outline P(t) - u^2 (positive inside) at a point of the body's plane, with its gradient there.
struct Outline {
  float inside, by_u, by_v;
  float u, t, width2;
};

Outline OutlineAt(const Body& b, float u, float v) {
  const float bent = u - b.bend * (v * v - 0.35F);
  // The hollow at the top: points near the axis count as higher up than they are.
  const float hollow_width = 0.55F * b.aspect;
  const float across = std::max(0.0F, 1.0F - Square(bent / hollow_width));
  const float high = std::max(0.0F, v);
  const float t = v + b.dimple * across * across * high;
  const Profile profile = ProfileAt(b, t);
  const float t_by_u = -4.0F * b.dimple * across * high * bent / Square(hollow_width);
  const float t_by_v = 1.0F + (v > 0.0F ? b.dimple * across * across : 0.0F);
  return {.inside = profile.value - bent * bent,
          .by_u = profile.slope * t_by_u - 2.0F * bent,
          .by_v = profile.slope * t_by_v + 4.0F * bent * b.bend * v,
          .u = bent,
          .t = t,
          .width2 = profile.value};
}

/// How much of the pixel the outline holds, from its distance in pixels. The gradient stays below 8, so 5 is
/// more than a pixel away on either side; most pixels are.
float Coverage(const Outline& outline, float length) {
  const float inside = outline.inside * length;
  if (std::abs(outline.t) > 1.04F || inside < -5.0F) return 0.0F;
  if (inside > 5.0F) return 1.0F;
  const float gradient = std::sqrt(Square(outline.by_u) + Square(outline.by_v)) + 1e-6F;
  return Clamp01(0.5F + 0.8F * inside / gradient);
}

Vec3 Lit(const SurfaceLook& look, Vec3 normal, float lit, const Light& light) {
  const float facing = Dot(normal, light.direction);
  const float diffuse = Clamp01(facing * 0.88F + 0.12F);
  const float upward = 0.5F - 0.5F * normal.y;
  const Vec3 ambient = Mix(light.ground, light.sky, upward) * (0.45F + 0.55F * normal.z);
  const float mirror = std::max(0.0F, Dot(normal, light.halfway));
  const float sheen = Square(Square(Square(mirror)));
  const float highlight = Square(Square(sheen));
  const float edge = 1.0F - std::max(0.0F, normal.z);
  const Vec3 gleam = light.key * (look.gloss * (0.55F * highlight + 0.08F * sheen)) +
                     light.sky * (look.gloss * 0.35F * edge * edge * edge);
  return (look.colour * (light.key * diffuse + ambient) + gleam) * lit;
}

}  // namespace

float Body::Reach() const {
  float reach2 = 0.0F;
  for (int i = -16; i <= 16; ++i) {
    const float t = static_cast<float>(i) * (1.0F / 16.0F);
    const float width =
        std::sqrt(std::max(0.0F, ProfileAt(*this, t).value)) + std::abs(bend * (t * t - 0.35F));
    reach2 = std::max(reach2, t * t + width * width);
  }
  return 1.05F * std::sqrt(reach2) * length + 2.0F;
}

Fragment Shade(const Body& body, Vec2 offset, const Light& light, const Noise& noise) {
  const float scale = 1.0F / body.length;
  const Vec2 right = {-body.up.y, body.up.x};
  const Outline outline = OutlineAt(body, (offset.x * right.x + offset.y * right.y) * scale,
                                    (offset.x * body.up.x + offset.y * body.up.y) * scale);
  const float coverage = Coverage(outline, body.length);
  if (coverage == 0.0F) return {};

  const float depth = std::sqrt(std::max(outline.inside, 0.0F));
  const float flat_around = outline.u / body.aspect;
  // Cut faces are seen flat, skins wrap around.
  const float around =
      body.flatness > 0.9F ? flat_around : AsinShare(outline.u / std::sqrt(std::max(outline.width2, 1e-6F)));
  const float rim = std::sqrt(Square(outline.t) + Square(flat_around));
  const SurfaceLook look = LookOf(body.material, {around, outline.t, rim}, noise);

  const float round = 1.0F - body.flatness;
  const float size =
      1.0F / std::sqrt(Square(outline.by_u * 0.5F) + Square(outline.by_v * 0.5F) + Square(depth) + 1e-8F);
  const float lean_right = -outline.by_u * 0.5F * size * round + look.lean.x;
  const float lean_up = -outline.by_v * 0.5F * size * round + look.lean.y;
  const Vec3 normal =
      Normalised({right.x * lean_right + body.up.x * lean_up, right.y * lean_right + body.up.y * lean_up,
                  depth * size * round + body.flatness + 0.02F});
  return {Lit(look, normal, body.lit, light), coverage};
}

}  // namespace coulis::synth
