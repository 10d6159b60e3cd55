// What makes each kind of fruit look like itself: one row of numbers a kind.
#pragma once

#include <cstdint>
#include <span>

namespace coulis::synth {

/// How the picture is put together.
enum class Form { kWhole, kHalf, kPair, kScatter, kCluster, kHand };

/// What sits on the fruit's upper end.
enum class Top { kNothing, kStalk, kLeafyStalk, kCalyx, kCrown };

/// The pattern of the skin (or, for halves, of the flesh).
enum class Surface {
  kSmooth,       ///< Blush and streaks of the second colour, fine freckles of the accent.
  kPores,        ///< Citrus peel: small dimples.
  kStripes,      ///< Watermelon: wavering bands from end to end.
  kSeeds,        ///< Strawberry: seeds of the accent colour in pits.
  kScales,       ///< Pineapple: bulging diamonds with an eye.
  kDrupelets,    ///< Raspberry: close-packed beads.
  kNet,          ///< Cantaloupe: raised net of the second colour.
  kFuzz,         ///< Peach, kiwi skin, coconut: hair or down.
  kRidges,       ///< Banana: flat facets from end to end, freckles.
  kKiwiFlesh,    ///< Half: pale core, ring of seeds, rays.
  kCitrusFlesh,  ///< Half: segments between pale walls.
  kStoneFlesh,   ///< Half: plain flesh around a stone of the accent colour.
  kSeedyFlesh,   ///< Half: flesh strewn with seeds of the accent colour.
  kLeaf,         ///< Midrib and veins.
  kWood,         ///< Stalks.
};

/// Colours are 0xRRGGBB as in sRGB.
struct FruitKind {
  const char* name = "";
  Form form = Form::kWhole;
  Top top = Top::kNothing;
  float aspect = 0.95F;  ///< Width / length along the axis.
  float fullness = 0;    ///< -0.9 pointed ends … 0 ellipse … 1 barrel.
  float taper = 0;       ///< > 0: wider at the top; < 0: wider at the bottom, as a pear.
  float bend = 0;        ///< Of the axis, in lengths.
  float dimple = 0;      ///< Depth of the hollow around the stalk.
  Surface surface = Surface::kSmooth;
  float cells = 12;  ///< Pattern repeats across the visible half.
  std::uint32_t skin = 0;
  std::uint32_t second = 0;
  std::uint32_t accent = 0x3A2A18;
  float blush = 0.5F;  ///< How much of the second colour, 0 to 1.
  float gloss = 0.4F;  ///< 0 matt … 1 wet.
};

/// All kinds, in the order in which `classes` takes them: the first ones differ the most.
[[nodiscard]] std::span<const FruitKind> FruitKinds();

}  // namespace coulis::synth
