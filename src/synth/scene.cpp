#include "synth/scene.h"

#include <algorithm>
#include <cmath>

namespace coulis::synth {
namespace {

constexpr std::uint32_t kLeafGreen = 0x4E7A28;
constexpr std::uint32_t kLeafVein = 0x9AB85C;
constexpr std::uint32_t kBark = 0x6A4A2A;
constexpr std::uint32_t kGreenBark = 0x7C8A3C;

/// Builds the bodies of one picture. Never two random numbers among the arguments of one call: C++ leaves
/// their order to the compiler (within braces it is fixed).
class Composer {
 public:
  Composer(const FruitKind& kind, Scene& scene, Random& random)
      : kind_(kind), scene_(scene), random_(random) {}

  /// The picture's fruit inside a circle of `radius` pixels around `centre`.
  void Compose(Vec2 centre, float radius) {
    switch (kind_.form) {
      case Form::kWhole:
        Whole(centre, Tilt(0.17F), radius);
        break;
      case Form::kHalf:
        Half(centre, radius);
        break;
      case Form::kPair:
        Pair(centre, radius);
        break;
      case Form::kScatter:
        Scatter(centre, radius);
        break;
      case Form::kCluster:
        Cluster(centre, radius);
        break;
      case Form::kHand:
        Hand(centre, radius);
        break;
    }
  }

 private:
  Vec2 Tilt(float turns) { return random_.NearlyUp(turns); }

  static Vec2 Along(Vec2 from, Vec2 direction, float distance) {
    return {from.x + direction.x * distance, from.y + direction.y * distance};
  }

  static Vec2 Turned(Vec2 direction, float turns) {
    const Vec2 by = UnitVector(turns);
    return {direction.x * by.x - direction.y * by.y, direction.y * by.x + direction.x * by.y};
  }

  /// A fruit of this kind, a little different each time.
  Body Fruit(Vec2 centre, Vec2 up, float length) {
    Body body;
    body.centre = centre;
    body.up = up;
    body.length = length;
    body.aspect = kind_.aspect * random_.Uniform(0.94F, 1.06F);
    body.fullness = kind_.fullness;
    body.taper = kind_.taper * random_.Uniform(0.85F, 1.15F);
    body.bend = kind_.bend * random_.Uniform(0.8F, 1.15F);
    body.dimple = kind_.dimple;
    const float ripeness = random_.Uniform(0.88F, 1.08F);
    const Vec3 cast = {random_.Uniform(0.95F, 1.05F), random_.Uniform(0.93F, 1.07F),
                       random_.Uniform(0.9F, 1.1F)};
    body.material = {.surface = kind_.surface,
                     .skin = LinearColour(kind_.skin) * cast * ripeness,
                     .second = LinearColour(kind_.second) * cast,
                     .accent = LinearColour(kind_.accent),
                     .cells = kind_.cells * random_.Uniform(0.93F, 1.07F),
                     .blush = Clamp01(kind_.blush + random_.Uniform(-0.15F, 0.15F)),
                     .gloss = kind_.gloss,
                     .aspect = kind_.aspect,
                     .grain = 60.0F,
                     .offset = {random_.Uniform(0.0F, 128.0F), random_.Uniform(0.0F, 128.0F)}};
    return body;
  }

  /// A leaf (flat) or stalk (round): `aspect` wide, from `root` along `up`.
  Body Green(Vec2 root, Vec2 up, float length, float aspect, Surface surface, std::uint32_t skin,
             std::uint32_t second) {
    Body body;
    body.centre = Along(root, up, length);
    body.up = up;
    body.length = length;
    body.aspect = aspect;
    body.bend = random_.Uniform(-0.18F, 0.18F);
    body.material = {.surface = surface,
                     .skin = LinearColour(skin) * random_.Uniform(0.8F, 1.15F),
                     .second = LinearColour(second),
                     .accent = LinearColour(second),
                     .gloss = 0.2F,
                     .aspect = aspect,
                     .offset = {random_.Uniform(0.0F, 128.0F), random_.Uniform(0.0F, 128.0F)}};
    return body;
  }

  void AddStalk(Vec2 root, Vec2 up, float length, std::uint32_t colour = kBark) {
    Body stalk = Green(root, Turned(up, random_.Uniform(-0.04F, 0.04F)), length, 0.12F, Surface::kWood,
                       colour, kGreenBark);
    stalk.fullness = 0.9F;
    stalk.taper = 0.2F;
    scene_.bodies.push_back(stalk);
  }

  void AddLeaf(Vec2 root, Vec2 up, float length, float aspect) {
    Body leaf = Green(root, up, length, aspect, Surface::kLeaf, kLeafGreen, kLeafVein);
    leaf.fullness = -0.45F;
    leaf.flatness = 0.75F;
    scene_.bodies.push_back(leaf);
  }

  /// What grows out of the fruit's upper end; `behind`: the part that the fruit hides.
  void AddTop(const Body& fruit, bool behind) {
    const Vec2 end = Along(fruit.centre, fruit.up, fruit.length * (0.96F - 1.6F * fruit.dimple));
    const float length = fruit.length;
    if (kind_.top == Top::kCrown) {
      AddCrown(end, fruit.up, length, behind);
    } else if (kind_.top == Top::kCalyx && !behind) {
      AddCalyx(end, fruit.up, length);
    } else if (kind_.top != Top::kNothing && !behind) {
      AddStalk(end, fruit.up, length * random_.Uniform(0.13F, 0.2F));
      if (kind_.top == Top::kLeafyStalk && random_.Below(3) > 0) {
        const float side = random_.Below(2) == 0 ? -0.25F : 0.25F;
        AddLeaf(Along(end, fruit.up, 0.1F * length), Turned(fruit.up, side),
                length * random_.Uniform(0.24F, 0.34F), 0.42F);
      }
    }
  }

  void AddCrown(Vec2 root, Vec2 up, float length, bool behind) {
    const int leaves = behind ? 9 : 7;
    for (int i = 0; i < leaves; ++i) {
      const float spread = (static_cast<float>(i) + 0.5F) / static_cast<float>(leaves) - 0.5F;
      const float turns = spread * (behind ? 0.30F : 0.42F) + random_.Uniform(-0.02F, 0.02F);
      const float size = length * (behind ? 0.50F : 0.34F) * random_.Uniform(0.85F, 1.1F);
      Body leaf = Green(root, Turned(up, turns), size, 0.17F, Surface::kLeaf, 0x5C7A44, 0xA0B47C);
      leaf.bend = -2.0F * turns * random_.Uniform(0.4F, 0.9F);
      leaf.flatness = 0.55F;
      leaf.taper = -0.6F;
      leaf.lit = behind ? 0.75F : 1.0F;
      scene_.bodies.push_back(leaf);
    }
  }

  void AddCalyx(Vec2 root, Vec2 up, float length) {
    const int leaves = 5 + random_.Below(3);
    for (int i = 0; i < leaves; ++i) {
      const float spread = 2.0F * (static_cast<float>(i) + 0.5F) / static_cast<float>(leaves) - 1.0F;
      // Fanned out sideways and down over the shoulder of the fruit.
      const Vec2 right = {-up.y, up.x};
      const Vec2 way = {right.x * spread * 1.3F - up.x * (0.55F - 0.5F * std::abs(spread)),
                        right.y * spread * 1.3F - up.y * (0.55F - 0.5F * std::abs(spread))};
      const float scale = 1.0F / std::sqrt(way.x * way.x + way.y * way.y);
      AddLeaf(root, {way.x * scale, way.y * scale}, length * random_.Uniform(0.17F, 0.24F), 0.38F);
    }
    AddStalk(root, up, length * 0.12F, kGreenBark);
  }

  /// The shadow that a body throws away from the light, and the dark line where it touches the ground.
  void AddShadow(const Body& body) {
    const Vec3 to_light = scene_.light.direction;
    const float width = body.length * std::min(1.0F, body.aspect + std::abs(body.bend) * 0.5F);
    const Vec2 away = {-to_light.x, -to_light.y};
    scene_.shadows.push_back(
        {Along(body.centre, away, 0.30F * width), body.up, 1.30F * body.length, 1.45F * width, 0.50F});
    scene_.shadows.push_back({Along(body.centre, {0.0F, 1.0F}, 0.08F * width), body.up, 1.12F * body.length,
                              1.22F * width, 0.55F});
  }

  void Whole(Vec2 centre, Vec2 up, float radius) {
    // Make room for what grows out of the top.
    const bool crowned = kind_.top == Top::kCrown;
    const float length = radius * (crowned ? 0.82F : 0.95F) / std::max(1.0F, kind_.aspect);
    const Body fruit = Fruit(Along(centre, up, crowned ? -0.32F * radius : 0.0F), up, length);
    AddShadow(fruit);
    AddTop(fruit, true);
    scene_.bodies.push_back(fruit);
    AddTop(fruit, false);
  }

  void Half(Vec2 centre, float radius) {
    const Vec2 up = Tilt(0.25F);
    // A whole one behind shows the skin.
    if (random_.Below(2) == 0) {
      const Vec2 aside = Tilt(0.3F);
      Body whole = Fruit(Along(centre, aside, 0.62F * radius), Tilt(0.25F), 0.72F * radius);
      whole.material.surface = kind_.surface == Surface::kCitrusFlesh ? Surface::kPores : Surface::kFuzz;
      whole.material.second = whole.material.skin * 1.3F;
      whole.material.gloss = 0.2F;
      AddShadow(whole);
      scene_.bodies.push_back(whole);
      centre = Along(centre, aside, -0.3F * radius);
      radius *= 0.72F;
    }
    Body half = Fruit(centre, up, radius * 0.95F);
    half.flatness = 1.0F;
    half.material.aspect = half.aspect;
    AddShadow(half);
    scene_.bodies.push_back(half);
  }

  void Pair(Vec2 centre, float radius) {
    const Vec2 knot = {centre.x + random_.Uniform(-0.2F, 0.2F) * radius, centre.y - 0.95F * radius};
    for (const float side : {-1.0F, 1.0F}) {
      const float drop = random_.Uniform(0.2F, 0.5F);
      const Vec2 middle = {centre.x + side * 0.46F * radius, centre.y + drop * radius};
      const float dx = knot.x - middle.x;
      const float dy = knot.y - middle.y;
      const float distance = std::sqrt(dx * dx + dy * dy);
      const Vec2 up = {dx / distance, dy / distance};
      const Body fruit = Fruit(middle, up, 0.5F * radius);
      AddShadow(fruit);
      scene_.bodies.push_back(fruit);
      if (kind_.top == Top::kStalk) {
        AddLongStalk(Along(middle, up, 0.4F * radius), up, 0.5F * (distance - 0.4F * radius), side);
      } else {
        AddTop(fruit, false);
      }
    }
  }

  void AddLongStalk(Vec2 root, Vec2 up, float length, float side) {
    Body stalk = Green(root, up, length, 0.045F, Surface::kWood, 0x7C9438, kBark);
    stalk.bend = side * 0.15F;
    stalk.fullness = 0.9F;
    scene_.bodies.push_back(stalk);
  }

  void Scatter(Vec2 centre, float radius) {
    const int count = 3 + random_.Below(4);
    const float length = radius * (count < 5 ? 0.46F : 0.40F);
    Vec2 way = Tilt(0.5F);
    for (int i = 0; i < count; ++i) {
      const float distance = radius * (i + 1 == count && count > 4 ? 0.08F : random_.Uniform(0.48F, 0.58F));
      const float size = length * random_.Uniform(0.85F, 1.1F);
      const Body fruit = Fruit(Along(centre, way, distance), Tilt(0.5F), size);
      AddShadow(fruit);
      scene_.bodies.push_back(fruit);
      way = Turned(way, 1.0F / static_cast<float>(count > 4 ? count - 1 : count));
    }
  }

  void Cluster(Vec2 centre, float radius) {
    const Vec2 up = Tilt(0.1F);
    const Vec2 right = {-up.y, up.x};
    AddStalk(Along(centre, up, 0.75F * radius), up, 0.16F * radius, kGreenBark);
    const float berry = radius * random_.Uniform(0.19F, 0.23F);
    constexpr int kRows = 6;
    // Two layers: the dark one behind fills the gaps of the one in front.
    for (const float lit : {0.55F, 1.0F}) {
      for (int row = 0; row < kRows; ++row) {
        const int berries = std::max(1, 5 - row + (row == 0 ? -1 : 0) - (lit < 1.0F ? 0 : row % 2));
        const float height = 0.68F - 0.29F * static_cast<float>(row);
        for (int i = 0; i < berries; ++i) {
          const float aside = (static_cast<float>(i) - 0.5F * static_cast<float>(berries - 1)) * 0.33F;
          const Vec2 jitter = {random_.Uniform(-0.05F, 0.05F), random_.Uniform(-0.05F, 0.05F)};
          const Vec2 spot =
              Along(Along(centre, up, (height + jitter.y) * radius), right, (aside + jitter.x) * radius);
          const float length = berry * random_.Uniform(0.88F, 1.1F);
          Body fruit = Fruit(spot, Turned(up, random_.Uniform(-0.1F, 0.1F)), length);
          fruit.lit = lit * random_.Uniform(0.85F, 1.0F);
          fruit.material.grain = 14.0F;
          if (row % 2 == 0 || i + 1 == berries) AddShadow(fruit);
          scene_.bodies.push_back(fruit);
        }
      }
    }
  }

  void Hand(Vec2 centre, float radius) {
    const Vec2 up = Tilt(0.25F);
    const Vec2 right = {-up.y, up.x};
    const int count = 1 + random_.Below(3);
    const float side = random_.Below(2) == 0 ? -1.0F : 1.0F;
    for (int i = 0; i < count; ++i) {
      const float place = static_cast<float>(i) - 0.5F * static_cast<float>(count - 1);
      Body fruit =
          Fruit(Along(centre, right, 0.30F * place * radius), Turned(up, -0.015F * place), 0.95F * radius);
      fruit.bend *= side;
      AddShadow(fruit);
      scene_.bodies.push_back(fruit);
    }
  }

  const FruitKind& kind_;
  Scene& scene_;
  Random& random_;
};

Light MakeLight(const Background& background, Random& random) {
  const Vec3 direction =
      Normalised({random.Uniform(-0.7F, 0.7F), random.Uniform(-0.85F, -0.35F), random.Uniform(0.55F, 0.95F)});
  const float warmth = random.Uniform(-0.08F, 0.10F);
  const float strength = random.Uniform(0.9F, 1.2F);
  return {.direction = direction,
          .halfway = Normalised(direction + Vec3{0.0F, 0.0F, 1.0F}),
          .key = Vec3{1.0F + warmth, 1.0F, 1.0F - warmth} * strength,
          .sky = Vec3{0.30F, 0.32F, 0.36F},
          .ground = background.average() * 0.35F};
}

}  // namespace

Scene ComposeScene(const FruitKind& kind, ImageSize size, Random& random) {
  const Background background(random, size);
  const Light light = MakeLight(background, random);
  const auto shorter = static_cast<float>(std::min(size.width, size.height));
  // A small picture is a shrunk one, and shrinking averages the sensor's noise away.
  const float sharpness = 0.4F + 0.6F * std::min(1.0F, shorter / 1500.0F);
  Scene scene{.background = background,
              .light = light,
              .shadows = {},
              .bodies = {},
              .grain = random.Uniform(3.2F, 5.2F) * sharpness};
  const Vec2 centre = {static_cast<float>(size.width) * 0.5F + random.Uniform(-0.05F, 0.05F) * shorter,
                       static_cast<float>(size.height) * 0.5F + random.Uniform(-0.05F, 0.05F) * shorter};
  Composer(kind, scene, random).Compose(centre, shorter * random.Uniform(0.34F, 0.44F));
  return scene;
}

}  // namespace coulis::synth
