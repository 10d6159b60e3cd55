// The installed default model (scripts/setup pulls it).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "coulis/engine.h"
#include "scratch_folder.h"

namespace coulis {
namespace {

// A coloured pattern, another for every seed.
void Paint(std::span<std::uint8_t> pixels, unsigned seed) {
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double wave = std::sin(static_cast<double>(i) * (0.001 + 0.0007 * seed));
    pixels[i] = static_cast<std::uint8_t>(127.5 + 127.5 * wave);
  }
}

std::vector<float> FeaturesOf(InferRequest& request, unsigned seed) {
  Paint(request.input(), seed);
  const Result<std::span<const float>> features = request.Run();
  if (!features) return ADD_FAILURE() << features.error().message, std::vector<float>{};
  return {features->begin(), features->end()};
}

class MobileNetV2 : public testing::Test {
 protected:
  void SetUp() override {
    Result<Model> model = OpenModel("mobilenet_v2");
    ASSERT_TRUE(model) << model.error().message;
    model_ = *std::move(model);
  }

  std::vector<float> Features(const EngineOptions& options, unsigned seed = 1) {
    const Result<Engine> engine = Engine::Load(model_, options);
    if (!engine) return ADD_FAILURE() << engine.error().message, std::vector<float>{};
    EXPECT_EQ(engine->input_size(), (ImageSize{224, 224}));
    Result<InferRequest> request = engine->NewRequest();
    if (!request) return ADD_FAILURE() << request.error().message, std::vector<float>{};
    return FeaturesOf(*request, seed);
  }

  Model model_;
};

TEST_F(MobileNetV2, FeaturesAreThoseOfClippedActivations) {
  const std::vector<float> features = Features({});
  ASSERT_EQ(features.size(), static_cast<std::size_t>(model_.description.feature_length));
  EXPECT_THAT(features, testing::Each(testing::AllOf(testing::Ge(0.0F), testing::Le(6.0F))));
  EXPECT_GT(std::count_if(features.begin(), features.end(), [](float f) { return f > 0; }), 100);
}

TEST_F(MobileNetV2, ThreadsAndCompanyDoNotChangeABit) {
  constexpr unsigned kImages = 6;
  std::vector<std::vector<float>> alone;
  for (unsigned seed = 0; seed < kImages; ++seed)
    alone.push_back(Features({.threads = 1, .layer = {}, .cache_folder = {}}, seed));

  const Result<Engine> engine = Engine::Load(model_, {.threads = 4, .layer = {}, .cache_folder = {}});
  ASSERT_TRUE(engine);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Result<InferRequest> request = engine->NewRequest();
      ASSERT_TRUE(request);
      for (unsigned i = 0; i < kImages; ++i) {
        const unsigned seed = (i + t) % kImages;
        EXPECT_EQ(FeaturesOf(*request, seed), alone[seed]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(MobileNetV2, CachedNetworkGivesTheSameBits) {
  const ScratchFolder folder;
  const std::vector<float> compiled = Features({});
  EXPECT_EQ(Features({.threads = 2, .layer = {}, .cache_folder = folder / "cache"}), compiled);
  EXPECT_EQ(Features({.threads = 1, .layer = {}, .cache_folder = folder / "cache"}), compiled);
}

TEST_F(MobileNetV2, LastBlockAveragedIsTheFeatures) {
  const std::vector<float> features = Features({});
  const std::vector<float> averaged = Features({.threads = 1, .layer = "features.18", .cache_folder = {}});
  ASSERT_EQ(averaged.size(), features.size());
  for (std::size_t i = 0; i < features.size(); ++i) EXPECT_NEAR(averaged[i], features[i], 1e-5F);
}

TEST_F(MobileNetV2, EveryBlockIsALayer) {
  const std::vector<std::pair<std::string, std::size_t>> blocks{
      {"features.0", 32}, {"features.1", 16}, {"features.3", 24}, {"features.6", 32}, {"features.17", 320}};
  for (const auto& [layer, channels] : blocks)
    EXPECT_EQ(Features({.threads = 1, .layer = layer, .cache_folder = {}}).size(), channels) << layer;
}

TEST_F(MobileNetV2, MistypedLayerIsAnsweredWithNearOnes) {
  const Result<Engine> engine =
      Engine::Load(model_, {.threads = 1, .layer = "features.14.conv", .cache_folder = {}});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(engine.error().message, testing::HasSubstr("features.14.conv.0"));
}

}  // namespace
}  // namespace coulis
