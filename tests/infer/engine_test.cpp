#include "coulis/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "small_network.h"

namespace coulis::infer {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

// Pixels 0, 1, 2, … in the request's input.
void FillWithCounting(InferRequest& request) {
  std::iota(request.input().begin(), request.input().end(), std::uint8_t{0});
}

// The features of pixels 0, 1, 2, … by the network's definition.
std::vector<float> ByHand(const SmallNetwork& network, const ModelDescription& description) {
  const int places = network.size.width * network.size.height;
  std::vector<float> features;
  for (const auto& weights : network.weights) {
    double sum = 0;
    for (int i = 0; i < places * 3; ++i) {
      const auto k = static_cast<std::size_t>(i % 3);
      sum += static_cast<double>(weights[k] * (static_cast<float>(i) - description.mean[k]) /
                                 description.scale[k]);
    }
    features.push_back(static_cast<float>(sum / places));
  }
  return features;
}

Result<std::vector<float>> FeaturesOfCounting(const Model& model, const EngineOptions& options = {}) {
  const Result<Engine> engine = Engine::Load(model, options);
  if (!engine) return engine.error();
  Result<InferRequest> request = engine->NewRequest();
  if (!request) return request.error();
  FillWithCounting(*request);
  const Result<std::span<const float>> features = request->Run();
  if (!features) return features.error();
  EXPECT_EQ(features->size(), static_cast<std::size_t>(engine->feature_length()));
  return std::vector<float>(features->begin(), features->end());
}

void ExpectByHand(const SmallNetwork& network, const Model& model, const EngineOptions& options = {}) {
  const Result<std::vector<float>> features = FeaturesOfCounting(model, options);
  ASSERT_TRUE(features) << features.error().message;
  const std::vector<float> expected = ByHand(network, model.description);
  EXPECT_THAT(*features, ElementsAre(FloatNear(expected[0], 1e-4F), FloatNear(expected[1], 1e-4F)));
}

TEST(Engine, FeaturesAreWhatTheNetworkSays) {
  const ScratchFolder folder;
  ExpectByHand({}, WriteSmallNetwork(folder));
}

TEST(Engine, MeanAndScaleAreAppliedPerChannel) {
  const ScratchFolder folder;
  Model model = WriteSmallNetwork(folder);
  model.description.mean = {1, 2, 4};
  model.description.scale = {2, 0.5F, 8};
  ExpectByHand({}, model);
}

TEST(Engine, NetworkOfChannelsLastGetsItsLayout) {
  const ScratchFolder folder;
  const SmallNetwork network{.layout = "NHWC"};
  ExpectByHand(network, WriteSmallNetwork(folder, network));
}

TEST(Engine, NetworkOfAnyBatchRunsWithOne) {
  const ScratchFolder folder;
  const SmallNetwork network{.batch = -1};
  ExpectByHand(network, WriteSmallNetwork(folder, network));
}

TEST(Engine, FirstOfSeveralOutputsIsTheFeatures) {
  const ScratchFolder folder;
  const SmallNetwork network{.second_output = true};
  ExpectByHand(network, WriteSmallNetwork(folder, network));
}

TEST(Engine, InnerLayerIsAveragedOverHeightAndWidth) {
  for (const std::string layout : {"NCHW", "NHWC"}) {
    const ScratchFolder folder;
    const SmallNetwork network{.layout = layout};
    const Model model = WriteSmallNetwork(folder, network);
    ExpectByHand(network, model, {.threads = 1, .layer = "mix", .cache_folder = {}});
    ExpectByHand(network, model, {.threads = 1, .layer = "mixed", .cache_folder = {}});
  }
}

TEST(Engine, UnknownLayerNamesThoseThatExist) {
  const ScratchFolder folder;
  const Result<Engine> engine =
      Engine::Load(WriteSmallNetwork(folder), {.threads = 1, .layer = "mox", .cache_folder = {}});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(engine.error().message, "model small: the model has no layer \"mox\"; it has mix, pool");
}

TEST(Engine, TheInputsOwnNameIsNoLayer) {
  const ScratchFolder folder;
  const Result<Engine> engine =
      Engine::Load(WriteSmallNetwork(folder), {.threads = 1, .layer = "image", .cache_folder = {}});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kNotFound);
}

TEST(Engine, InputStaysWhereItIs) {
  const ScratchFolder folder;
  const Result<Engine> engine = Engine::Load(WriteSmallNetwork(folder), {});
  ASSERT_TRUE(engine);
  Result<InferRequest> request = engine->NewRequest();
  ASSERT_TRUE(request);
  const std::uint8_t* place = request->input().data();
  EXPECT_EQ(request->input().size(), 4U * 2 * 3);
  FillWithCounting(*request);
  ASSERT_TRUE(request->Run());
  InferRequest moved = *std::move(request);
  EXPECT_EQ(moved.input().data(), place);
}

TEST(Engine, NetworkOfTwoInputsIsRefused) {
  const ScratchFolder folder;
  const Result<Engine> engine = Engine::Load(WriteSmallNetwork(folder, {.second_input = true}), {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kBadModel);
  EXPECT_THAT(engine.error().message, HasSubstr("2 inputs"));
}

TEST(Engine, DescriptionOfAnotherSizeIsRefused) {
  const ScratchFolder folder;
  Model model = WriteSmallNetwork(folder);
  model.description.input_size = {8, 8};
  const Result<Engine> engine = Engine::Load(model, {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kBadModel);
  EXPECT_THAT(engine.error().message, HasSubstr("[1, 3, 2, 4]"));
}

TEST(Engine, NoThreadsIsAnInvalidArgument) {
  const ScratchFolder folder;
  const Result<Engine> engine =
      Engine::Load(WriteSmallNetwork(folder), {.threads = 0, .layer = {}, .cache_folder = {}});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kInvalidArgument);
}

TEST(Engine, VersionNamesOpenVino) {
  EXPECT_THAT(Engine::Version(), testing::StartsWith("OpenVINO 20"));
}

}  // namespace
}  // namespace coulis::infer
