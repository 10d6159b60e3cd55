#include "synth/surface.h"

#include <cmath>

namespace coulis::synth {
namespace {

/// A cell of a staggered lattice on the surface, and where in it a point lies: x and y from -1 to 1.
struct Cell {
  float x, y;
  int column, row;
};

Cell CellAt(float around, float along, float columns, float rows) {
  const float v = along * rows;
  const int row = Floor(v);
  const float u = around * columns + ((row & 1) != 0 ? 0.5F : 0.0F);
  const int column = Floor(u);
  return {2.0F * (u - static_cast<float>(column)) - 1.0F, 2.0F * (v - static_cast<float>(row)) - 1.0F, column,
          row};
}

/// A fixed random number in [0, 1) for a cell.
float CellChance(const Cell& cell, Vec2 offset) {
  auto hash = static_cast<std::uint32_t>(cell.column) * 0x9E3779B1U +
              static_cast<std::uint32_t>(cell.row) * 0x85EBCA77U +
              static_cast<std::uint32_t>(offset.x * 64.0F);
  hash = (hash ^ (hash >> 15)) * 0x2C1B3C6DU;
  hash ^= hash >> 13;
  return static_cast<float>(hash >> 8) * 0x1p-24F;
}

/// Noise on the body, in repeats over its length.
struct Grain {
  const Material& m;
  const SurfacePoint& p;
  const Noise& noise;

  [[nodiscard]] float operator()(float around, float along) const {
    return noise.At(p.around * around + m.offset.x, p.along * along + m.offset.y);
  }
  [[nodiscard]] float Fractal(float around, float along, int octaves) const {
    return noise.Fractal(p.around * around + m.offset.x, p.along * along + m.offset.y, octaves);
  }
};

/// The skin with its blush: patches of the second colour, and a finer unevenness.
Vec3 Blushed(const Material& m, const Grain& grain, float patches) {
  const float patch =
      SmoothStep(0.9F - 1.6F * m.blush, 1.7F - 1.6F * m.blush, grain.Fractal(patches, patches, 3) + 0.5F);
  const float uneven = 1.0F + 0.10F * grain(m.grain, m.grain);
  return Mix(m.skin, m.second, patch) * uneven;
}

SurfaceLook Smooth(const Material& m, const SurfacePoint& p, const Grain& grain) {
  Vec3 colour = Blushed(m, grain, 1.2F);
  const float streaks = grain(m.cells * 5.0F, 1.5F);
  colour = Mix(colour, m.second, Clamp01(streaks * 0.6F) * m.blush);
  const float freckle = SmoothStep(0.74F, 0.92F, grain(m.cells * 5.0F, m.cells * 5.0F));
  colour = Mix(colour, m.accent, 0.45F * freckle);
  const float hollow = SmoothStep(0.75F, 1.0F, p.along);
  return {colour * (1.0F - 0.45F * hollow), {}, m.gloss * (1.0F - 0.5F * freckle)};
}

SurfaceLook Pores(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const Cell cell = CellAt(p.around, p.along, m.cells, m.cells * 1.1F / m.aspect);
  const float chance = CellChance(cell, m.offset);
  const float size = 0.35F + 0.4F * chance;
  const float pit = Clamp01(1.0F - (Square(cell.x) + Square(cell.y)) / Square(size));
  Vec3 colour = Blushed(m, grain, 2.0F);
  colour = Mix(colour, m.accent, 0.7F * SmoothStep(0.93F, 1.0F, std::abs(p.along)));
  return {colour * (1.0F - 0.14F * pit), {-0.45F * pit * cell.x, -0.45F * pit * cell.y}, m.gloss};
}

SurfaceLook Stripes(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const float waver = 0.22F * grain(2.0F, 9.0F) + 0.12F * grain(9.0F, 24.0F);
  const float wave = TriangleWave(p.around * m.cells * 0.5F + waver);
  const float dark = SmoothStep(-0.15F, 0.25F, wave + 0.35F * grain(14.0F, 8.0F));
  Vec3 colour = Mix(m.skin, m.second, dark);
  colour = Mix(colour, m.accent, 0.25F * Clamp01(grain.Fractal(24.0F, 10.0F, 2)) * (1.0F - dark));
  return {colour * (1.0F + 0.1F * grain(m.grain, m.grain)), {}, m.gloss};
}

SurfaceLook Seeds(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const Cell cell = CellAt(p.around, p.along, m.cells * 0.7F, m.cells * 0.7F / m.aspect);
  const float from_seed = Square(cell.x * 3.9F) + Square(cell.y * 2.6F);
  const float seed = SmoothStep(1.0F, 0.6F, from_seed);
  const float pit = SmoothStep(5.5F, 0.8F, from_seed);
  const float pale = SmoothStep(0.55F, 1.0F, p.along + 0.1F * grain(6.0F, 6.0F));
  Vec3 colour = Mix(Blushed(m, grain, 2.0F), m.second, 0.8F * pale) * (1.0F - 0.35F * pit);
  colour = Mix(colour, m.accent, seed);
  const float slope = pit * (1.0F - seed);
  return {colour, {-0.9F * slope * cell.x, -0.9F * slope * cell.y}, m.gloss * (1.0F - 0.6F * seed)};
}

SurfaceLook Scales(const Material& m, const SurfacePoint& p, const Grain& grain) {
  // The staggered lattice turned by 45 degrees: diamonds.
  const float u = p.around * m.cells * 0.5F;
  const float v = p.along * m.cells * 0.55F / m.aspect;
  const Cell cell = CellAt(u + v, v - u, 1.0F, 1.0F);
  const float edge = SmoothStep(0.62F, 0.98F, std::max(std::abs(cell.x), std::abs(cell.y)));
  const float eye = SmoothStep(0.12F, 0.03F, Square(cell.x) + Square(cell.y));
  const float ripe = CellChance(cell, m.offset);
  Vec3 colour = Mix(m.skin, m.second, 0.2F + 0.5F * ripe * Clamp01(0.6F + 0.5F * p.along));
  colour = Mix(colour * (1.0F - 0.6F * edge), m.accent, std::max(0.75F * eye, 0.35F * edge));
  colour = colour * (1.0F + 0.16F * grain.Fractal(m.grain, m.grain, 2));
  return {colour, {0.55F * (cell.x - cell.y), 0.55F * (cell.x + cell.y)}, m.gloss * (1.0F - edge)};
}

SurfaceLook Drupelets(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const Cell cell = CellAt(p.around, p.along, m.cells * 0.5F, m.cells * 0.58F / m.aspect);
  const float from_middle = Square(cell.x) + Square(cell.y);
  const float gap = SmoothStep(0.55F, 1.25F, from_middle);
  const float chance = CellChance(cell, m.offset);
  Vec3 colour = Mix(m.skin, m.second, 0.7F * chance * m.blush + 0.12F * grain(m.grain, m.grain));
  const float hair = SmoothStep(0.02F, 0.0F, Square(cell.x - 0.2F) + Square(cell.y - 0.1F));
  colour = Mix(colour * (1.0F - 0.8F * gap), m.accent, 0.5F * hair);
  return {colour, {0.85F * cell.x, 0.85F * cell.y}, m.gloss * (1.0F - gap)};
}

SurfaceLook Net(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const float a = std::abs(grain(m.cells * 2.2F, m.cells * 2.2F));
  const float b = std::abs(grain(m.cells * 3.9F + 3.0F, m.cells * 3.9F));
  const float line = SmoothStep(0.13F, 0.05F, std::min(a, b * 0.8F));
  const float furrow = SmoothStep(-0.75F, -1.0F, TriangleWave(p.around * m.cells * 0.5F));
  const Vec3 ground = Mix(m.skin, m.accent, furrow) * (1.0F + 0.12F * grain(m.grain, m.grain));
  return {Mix(ground, m.second, line), {}, m.gloss};
}

SurfaceLook Fuzz(const Material& m, const SurfacePoint& p, const Grain& grain) {
  Vec3 colour = Blushed(m, grain, 1.1F);
  const float hair = grain(m.cells * 12.0F, m.cells * 4.0F);
  colour = colour * (1.0F + 0.16F * hair);
  const float down = SmoothStep(0.6F, 1.0F, p.rim);
  colour = Mix(colour, m.second, 0.35F * down);
  const float navel = SmoothStep(0.86F, 0.97F, p.along);
  return {Mix(colour, m.accent, 0.6F * navel), {0.10F * hair, 0.0F}, m.gloss};
}

SurfaceLook Ridges(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const float facet = TriangleWave(p.around * m.cells * 0.4F + 0.2F);
  Vec3 colour = Mix(m.skin, m.second, m.blush * SmoothStep(0.35F, 0.95F, std::abs(p.along)));
  colour = colour * (1.0F + 0.07F * grain.Fractal(14.0F, 40.0F, 2));
  colour = Mix(colour, m.second, 0.3F * SmoothStep(0.8F, 1.0F, facet));
  const float spot = SmoothStep(0.55F, 0.72F, grain(12.0F, 44.0F));
  colour = Mix(colour, m.accent, 0.6F * spot);
  colour = Mix(colour, m.accent, SmoothStep(0.92F, 0.97F, std::abs(p.along)));
  return {colour, {0.35F * facet, 0.0F}, m.gloss};
}

/// The skin that runs around a cut half, over its flesh.
SurfaceLook WithinSkin(const Material& m, const SurfacePoint& p, const SurfaceLook& flesh, float skin_from) {
  const float skin = SmoothStep(skin_from, skin_from + 0.03F, p.rim);
  return {Mix(flesh.colour, m.skin, skin), flesh.lean, flesh.gloss * (1.0F - 0.7F * skin)};
}

SurfaceLook KiwiFlesh(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const float turn = Turns(p.around, p.along);
  const float rays = 0.5F + 0.5F * TriangleWave(turn * m.cells);
  const float core = SmoothStep(0.30F, 0.20F, p.rim + 0.04F * rays);
  Vec3 colour = Mix(m.second, Vec3{0.85F, 0.9F, 0.6F}, 0.35F * rays * SmoothStep(0.85F, 0.3F, p.rim));
  colour = colour * (1.0F + 0.12F * grain(30.0F, 30.0F) - 0.35F * SmoothStep(0.6F, 0.95F, p.rim));
  const Cell cell = CellAt(turn * 2.0F, p.rim, m.cells * 0.5F, 8.0F);
  const bool in_ring = p.rim > 0.3F && p.rim < 0.58F + 0.1F * grain(9.0F, 9.0F);
  const float seed = in_ring ? SmoothStep(0.5F, 0.3F, Square(cell.x * 1.3F) + Square(cell.y * 0.7F)) : 0.0F;
  const float there = CellChance(cell, m.offset) < 0.75F ? seed : 0.0F;
  colour = Mix(Mix(colour, m.accent, there), Vec3{0.78F, 0.80F, 0.50F}, core);
  return WithinSkin(m, p, {colour, {0.1F * grain(20.0F, 20.0F), 0.1F * grain(22.0F, 18.0F)}, m.gloss}, 0.95F);
}

SurfaceLook CitrusFlesh(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const float turn = Turns(p.around, p.along) + 0.006F * grain(5.0F, 5.0F);
  const float segments = static_cast<float>(Floor(m.cells));
  const float across = std::abs(TriangleWave(turn * segments));
  const float to_wall = (1.0F - TriangleWave(turn * segments)) * p.rim * 3.0F / segments;
  const float wall = std::max({SmoothStep(0.045F, 0.02F, to_wall), SmoothStep(0.10F, 0.07F, p.rim),
                               SmoothStep(0.83F, 0.88F, p.rim + 0.02F * across)});
  const float vesicles = grain.noise.At(turn * segments * 7.0F + m.offset.x, p.rim * 9.0F + m.offset.y);
  Vec3 colour = m.second * (1.0F + 0.28F * vesicles);
  colour = Mix(colour, m.accent, wall);
  return WithinSkin(
      m, p, {colour, {0.3F * vesicles * (1.0F - wall), 0.2F * vesicles}, m.gloss * (1.0F - wall)}, 0.94F);
}

SurfaceLook StoneFlesh(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const float from_stone = Square(p.around * m.aspect / 0.36F) + Square((p.along + 0.28F) / 0.36F);
  const float stone = SmoothStep(1.0F, 0.92F, from_stone);
  Vec3 colour = Mix(m.second, Vec3{0.36F, 0.48F, 0.12F}, SmoothStep(0.72F, 0.97F, p.rim));
  colour = colour * (1.0F + 0.07F * grain.Fractal(9.0F, 9.0F, 3) - 0.4F * SmoothStep(1.5F, 1.0F, from_stone));
  colour = Mix(colour, m.accent * (1.0F + 0.25F * grain.Fractal(7.0F, 16.0F, 3)), stone);
  const Vec2 round = {1.9F * stone * p.around * m.aspect, 1.9F * stone * (p.along + 0.28F)};
  return WithinSkin(m, p, {colour, round, m.gloss}, 0.95F);
}

SurfaceLook SeedyFlesh(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const Cell cell = CellAt(p.around + 0.03F * grain(7.0F, 7.0F), p.along + 0.03F * grain(8.0F, 6.0F),
                           m.cells * 0.6F, m.cells * 0.6F / m.aspect);
  const float chance = CellChance(cell, m.offset);
  const float aside = 0.7F * chance - 0.35F;
  const float near = Square(cell.x - aside) + Square(cell.y + aside);
  const float seed = chance > 0.2F && p.rim < 0.84F ? SmoothStep(0.28F, 0.16F, near) : 0.0F;
  Vec3 colour = m.second * (1.0F + 0.09F * grain.Fractal(12.0F, 12.0F, 3));
  colour = Mix(colour, m.accent, seed);
  colour = Mix(colour, Mix(m.second, m.skin, 0.6F), SmoothStep(0.82F, 0.9F, p.rim));
  return WithinSkin(m, p, {colour, {0.8F * seed * cell.x, 0.8F * seed * cell.y}, m.gloss}, 0.92F);
}

SurfaceLook Leaf(const Material& m, const SurfacePoint& p, const Grain& grain) {
  const float rib = SmoothStep(0.10F, 0.03F, std::abs(p.around));
  const float veins = SmoothStep(0.72F, 0.95F, TriangleWave(p.along * 4.0F - std::abs(p.around) * 1.3F));
  Vec3 colour = m.skin * (1.0F + 0.16F * grain.Fractal(8.0F, 20.0F, 2));
  colour = Mix(colour, m.second, std::max(rib, 0.4F * veins));
  const float side = p.around < 0.0F ? -0.25F : 0.25F;
  return {colour, {side + 0.15F * veins, 0.12F * veins}, m.gloss};
}

SurfaceLook Wood(const Material& m, const SurfacePoint&, const Grain& grain) {
  const float fibre = grain.Fractal(5.0F, 3.0F, 3);
  return {Mix(m.skin, m.second, Clamp01(0.5F + 0.6F * fibre)), {0.2F * fibre, 0.0F}, m.gloss};
}

}  // namespace

Vec3 LinearColour(std::uint32_t rgb) {
  const auto channel = [rgb](int shift) {
    return Square(static_cast<float>((rgb >> shift) & 0xFFU) * (1.0F / 255.0F));
  };
  return {channel(16), channel(8), channel(0)};
}

SurfaceLook LookOf(const Material& m, const SurfacePoint& p, const Noise& noise) {
  const Grain grain{m, p, noise};
  switch (m.surface) {
    case Surface::kSmooth:
      return Smooth(m, p, grain);
    case Surface::kPores:
      return Pores(m, p, grain);
    case Surface::kStripes:
      return Stripes(m, p, grain);
    case Surface::kSeeds:
      return Seeds(m, p, grain);
    case Surface::kScales:
      return Scales(m, p, grain);
    case Surface::kDrupelets:
      return Drupelets(m, p, grain);
    case Surface::kNet:
      return Net(m, p, grain);
    case Surface::kFuzz:
      return Fuzz(m, p, grain);
    case Surface::kRidges:
      return Ridges(m, p, grain);
    case Surface::kKiwiFlesh:
      return KiwiFlesh(m, p, grain);
    case Surface::kCitrusFlesh:
      return CitrusFlesh(m, p, grain);
    case Surface::kStoneFlesh:
      return StoneFlesh(m, p, grain);
    case Surface::kSeedyFlesh:
      return SeedyFlesh(m, p, grain);
    case Surface::kLeaf:
      return Leaf(m, p, grain);
    case Surface::kWood:
      return Wood(m, p, grain);
  }
  return {};
}

}  // namespace coulis::synth
