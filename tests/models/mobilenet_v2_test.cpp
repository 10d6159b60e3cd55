#include "models/mobilenet_v2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "models/ir_writer.h"
#include "models/known_models.h"
#include "scratch_folder.h"

namespace coulis::models {
namespace {

using testing::HasSubstr;

FloatTensor Filled(std::vector<std::int64_t> shape, float value) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return {std::move(shape), std::vector<float>(static_cast<std::size_t>(count), value)};
}

void AddConvNorm(TorchTensors& weights, const std::string& conv, const std::string& norm,
                 const std::vector<std::int64_t>& shape) {
  weights[conv + ".weight"] = Filled(shape, 0.01F);
  weights[norm + ".weight"] = Filled({shape[0]}, 1);
  weights[norm + ".bias"] = Filled({shape[0]}, 0.1F);
  weights[norm + ".running_mean"] = Filled({shape[0]}, 0);
  weights[norm + ".running_var"] = Filled({shape[0]}, 1);
}

// Weights of the right names and shapes, block for block as torchvision's state dictionary lists them.
TorchTensors Weights() {
  TorchTensors weights;
  AddConvNorm(weights, "features.0.0", "features.0.1", {32, 3, 3, 3});
  AddConvNorm(weights, "features.1.conv.0", "features.1.conv.1", {32, 1, 3, 3});
  AddConvNorm(weights, "features.1.conv.3", "features.1.conv.4", {16, 32, 1, 1});
  const std::int64_t channels[] = {16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320};
  for (int block = 2; block <= 17; ++block) {
    const std::string name = "features." + std::to_string(block) + ".conv.";
    const std::int64_t in = channels[block - 2];
    AddConvNorm(weights, name + "0", name + "1", {6 * in, in, 1, 1});
    AddConvNorm(weights, name + "3", name + "4", {6 * in, 1, 3, 3});
    AddConvNorm(weights, name + "6", name + "7", {channels[block - 1], 6 * in, 1, 1});
  }
  AddConvNorm(weights, "features.18.0", "features.18.1", {1280, 320, 1, 1});
  return weights;
}

TEST(MobileNetV2, SameWeightsGiveTheSameBytes) {
  const Result<std::string> first = BuildMobileNetV2(Weights(), {});
  const Result<std::string> second = BuildMobileNetV2(Weights(), {});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(*first == *second);
}

TEST(MobileNetV2, VariantChangesTheGraph) {
  const Result<std::string> torch = BuildMobileNetV2(Weights(), {.batch_norm_epsilon = 1e-5F});
  const Result<std::string> other = BuildMobileNetV2(Weights(), {.batch_norm_epsilon = 1e-3F});
  ASSERT_TRUE(torch && other);
  EXPECT_FALSE(*torch == *other);
}

TEST(MobileNetV2, EveryTensorIsNeeded) {
  TorchTensors weights = Weights();
  EXPECT_EQ(weights.size(), 52U * 5);
  for (const auto& [name, tensor] : Weights()) {
    const auto node = weights.extract(name);
    const Result<std::string> built = BuildMobileNetV2(weights, {});
    ASSERT_FALSE(built) << name;
    EXPECT_EQ(built.error().code, ErrorCode::kBadModel);
    EXPECT_THAT(built.error().message, HasSubstr(name + " is missing"));
    weights[name] = tensor;
  }
}

TEST(MobileNetV2, TensorOfAnotherShapeIsNamed) {
  TorchTensors weights = Weights();
  weights["features.7.conv.3.weight"] = Filled({192, 1, 5, 5}, 0);
  const Result<std::string> built = BuildMobileNetV2(weights, {});
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().message, HasSubstr("features.7.conv.3.weight has another shape"));
}

// protobuf twice in one process: ours, which wrote the model, and the one inside OpenVINO's ONNX reader.
TEST(MobileNetV2, OpenVinoReadsWhatWasWrittenInTheSameProcess) {
  const ScratchFolder folder;
  const Result<std::string> built = BuildMobileNetV2(Weights(), {});
  ASSERT_TRUE(built) << built.error().message;
  const auto onnx = folder.Write("model.onnx", *built);
  const Result<void> converted = ConvertOnnxToIr(onnx, folder / "model.xml");
  ASSERT_TRUE(converted) << converted.error().message;
  std::ostringstream xml;
  xml << std::ifstream(folder / "model.xml").rdbuf();
  EXPECT_THAT(xml.str(), testing::Not(HasSubstr("\"f16\"")));
  const Result<std::string> again = BuildMobileNetV2(Weights(), {});
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again == *built);
}

TEST(IrWriter, DamagedOnnxIsABadModelInOneLine) {
  const ScratchFolder folder;
  const std::string whole = *BuildMobileNetV2(Weights(), {});
  for (const std::string& content :
       {std::string(), std::string("hello"), whole.substr(0, whole.size() / 2)}) {
    const Result<void> converted = ConvertOnnxToIr(folder.Write("model.onnx", content), folder / "model.xml");
    ASSERT_FALSE(converted);
    EXPECT_EQ(converted.error().code, ErrorCode::kBadModel);
    EXPECT_EQ(converted.error().message.find('\n'), std::string::npos);
  }
}

TEST(KnownModels, DescribeWhatTheBuilderMakes) {
  const KnownModel* known = FindKnownModel("mobilenet_v2");
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->description.input_size, (ImageSize{224, 224}));
  EXPECT_EQ(known->description.feature_length, 1280);
  EXPECT_EQ(std::get<WheelSource>(known->source).wheel_sha256.size(), 64U);
  const KnownModel* keras = FindKnownModel("keras_mobilenet_v2");
  ASSERT_NE(keras, nullptr);
  EXPECT_EQ(std::get<DownloadSource>(keras->source).size, 14'536'120U);
  EXPECT_EQ(FindKnownModel("nothing"), nullptr);
}

}  // namespace
}  // namespace coulis::models
