#include "models/exact_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <openvino/runtime/core.hpp>
#include <random>

namespace coulis::models {
namespace {

constexpr float kInputScale = 0.05F;
constexpr std::int64_t kInputZero = -7;

TfliteTensor Stored(const std::string& name, const ov::Shape& shape, float scale, std::int64_t zero_point) {
  TfliteTensor tensor;
  tensor.name = name;
  tensor.type = ov::element::i8;
  tensor.shape = shape;
  tensor.scales = {scale};
  tensor.zero_points = {zero_point};
  return tensor;
}

template <typename Number>
TfliteTensor Constant(const ov::element::Type& type, const ov::Shape& shape,
                      const std::vector<Number>& values, const std::vector<float>& scales = {},
                      std::int64_t axis = 0) {
  TfliteTensor tensor;
  tensor.name = "constant";
  tensor.type = type;
  tensor.shape = shape;
  tensor.scales = scales;
  tensor.zero_points.assign(scales.size(), 0);
  tensor.axis = axis;
  tensor.data.resize(values.size() * sizeof(Number));
  std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  return tensor;
}

// The network takes u8, which becomes the i8 tensor "x"; `operation` makes "y" of it.
TfliteFile FileOf(TfliteOperation operation, const ov::Shape& shape) {
  TfliteTensor input = Stored("input", shape, kInputScale, kInputZero + 128);
  input.type = ov::element::u8;
  const TfliteTensor x = Stored("x", shape, kInputScale, kInputZero);
  operation.inputs.insert(operation.inputs.begin(), x);
  return {
      .operations = {{.type = "QUANTIZE", .inputs = {input}, .outputs = {x}, .attributes = {}}, operation},
      .inputs = {"input"},
      .outputs = {"y"}};
}

std::vector<int> Pixels(const ov::Shape& shape) {
  std::mt19937 random(5);
  std::vector<int> pixels(ov::shape_size(shape));
  for (int& pixel : pixels) pixel = static_cast<int>(random() % 256);
  return pixels;
}

// "y" as stored, for pixels 0..255.
std::vector<int> Compute(const TfliteFile& file, const std::vector<int>& pixels) {
  const Result<std::shared_ptr<ov::Model>> network = ExactNetwork(file);
  if (!network) {
    ADD_FAILURE() << network.error().message;
    return {};
  }
  ov::Core core;
  ov::InferRequest request =
      core.compile_model(*network, "CPU", {{"INFERENCE_PRECISION_HINT", "f32"}}).create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  std::copy(pixels.begin(), pixels.end(), input.data<std::uint8_t>());
  request.infer();
  const ov::Tensor output = request.get_output_tensor(0);
  const auto* stored = output.data<std::int8_t>();
  return {stored, stored + output.get_size()};
}

struct Filter {
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;
  std::vector<float> scales;
};

Filter RandomFilter(std::size_t weights, std::size_t channels) {
  std::mt19937 random(3);
  Filter filter;
  for (std::size_t i = 0; i < weights; ++i) {
    filter.weights.push_back(static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127));
  }
  for (std::size_t c = 0; c < channels; ++c) {
    filter.bias.push_back(static_cast<std::int32_t>(random() % 20000) - 10000);
    filter.scales.push_back(0.001F + 0.0007F * static_cast<float>(random() % 9));
  }
  return filter;
}

int Requantised(std::int64_t sum, float scale, float to_scale, int zero_point, int low) {
  const float scaled = static_cast<float>(sum) * (kInputScale * scale / to_scale);
  return std::clamp(static_cast<int>(std::lrint(scaled)) + zero_point, low, 127);
}

// A 3 x 3 window at stride 2 over 8 x 6 pixels with TensorFlow's "SAME": nothing before, one row and column
// after.
template <typename Sum>
std::vector<int> EachPlace(std::size_t channels, const Sum& sum) {
  std::vector<int> outputs;
  for (int y = 0; y < 8; y += 2) {
    for (int x = 0; x < 6; x += 2) {
      for (std::size_t c = 0; c < channels; ++c) outputs.push_back(sum(y, x, c));
    }
  }
  return outputs;
}

ov::AnyMap SameAtStrideTwo() {
  return {{"strides", std::vector<std::int64_t>{1, 2, 2, 1}},
          {"dilations", std::vector<std::int64_t>{1, 1, 1, 1}},
          {"padding", std::string("SAME")},
          {"activation", std::string("RELU")}};
}

const ov::Shape kImage{1, 8, 6, 3};

// stored - zero point; 0 outside.
int Centred(const std::vector<int>& pixels, int y, int x, std::size_t channel) {
  if (y >= 8 || x >= 6) return 0;
  return pixels[static_cast<std::size_t>(y * 6 + x) * 3 + channel] - 128 - static_cast<int>(kInputZero);
}

TEST(ExactNetwork, ConvolutionGivesTheIntegers) {
  const Filter filter = RandomFilter(5 * 9 * 3, 5);
  const TfliteFile file =
      FileOf({.type = "CONV_2D",
              .inputs = {Constant(ov::element::i8, {5, 3, 3, 3}, filter.weights, filter.scales),
                         Constant(ov::element::i32, {5}, filter.bias)},
              .outputs = {Stored("y", {1, 4, 3, 5}, 0.11F, 4)},
              .attributes = SameAtStrideTwo()},
             kImage);
  const std::vector<int> pixels = Pixels(kImage);
  EXPECT_EQ(Compute(file, pixels), EachPlace(5, [&](int y, int x, std::size_t c) {
              std::int64_t sum = filter.bias[c];
              for (int i = 0; i < 27; ++i) {
                sum += filter.weights[c * 27 + static_cast<std::size_t>(i)] *
                       Centred(pixels, y + i / 9, x + i / 3 % 3, static_cast<std::size_t>(i % 3));
              }
              return Requantised(sum, filter.scales[c], 0.11F, 4, 4);
            }));
}

TEST(ExactNetwork, DepthwiseConvolutionWithAMultiplierGivesTheIntegers) {
  const Filter filter = RandomFilter(9 * 6, 6);
  const TfliteFile file =
      FileOf({.type = "DEPTHWISE_CONV_2D",
              .inputs = {Constant(ov::element::i8, {1, 3, 3, 6}, filter.weights, filter.scales, 3),
                         Constant(ov::element::i32, {6}, filter.bias)},
              .outputs = {Stored("y", {1, 4, 3, 6}, 0.09F, -128)},
              .attributes = SameAtStrideTwo()},
             kImage);
  const std::vector<int> pixels = Pixels(kImage);
  EXPECT_EQ(Compute(file, pixels), EachPlace(6, [&](int y, int x, std::size_t c) {
              std::int64_t sum = filter.bias[c];
              for (int i = 0; i < 9; ++i) {
                sum += filter.weights[static_cast<std::size_t>(i) * 6 + c] *
                       Centred(pixels, y + i / 3, x + i % 3, c / 2);
              }
              return Requantised(sum, filter.scales[c], 0.09F, -128, -128);
            }));
}

TEST(ExactNetwork, AveragePoolLeavesOutWhatIsOutside) {
  ov::AnyMap attributes = SameAtStrideTwo();
  attributes["ksize"] = std::vector<std::int64_t>{1, 3, 3, 1};
  attributes["activation"] = std::string("NONE");
  const TfliteFile file = FileOf({.type = "AVERAGE_POOL_2D",
                                  .inputs = {},
                                  .outputs = {Stored("y", {1, 4, 3, 3}, kInputScale, kInputZero)},
                                  .attributes = attributes},
                                 kImage);
  const std::vector<int> pixels = Pixels(kImage);
  EXPECT_EQ(Compute(file, pixels), EachPlace(3, [&](int y, int x, std::size_t c) {
              int sum = 0;
              int count = 0;
              for (int i = 0; i < 9; ++i) {
                if (y + i / 3 >= 8 || x + i % 3 >= 6) continue;
                sum += Centred(pixels, y + i / 3, x + i % 3, c) + static_cast<int>(kInputZero);
                ++count;
              }
              return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
            }));
}

TEST(ExactNetwork, FullyConnectedReadsTheImageInTheFilesOrder) {
  const Filter filter = RandomFilter(4 * 144, 4);
  const TfliteFile file = FileOf({.type = "FULLY_CONNECTED",
                                  .inputs = {Constant(ov::element::i8, {4, 144}, filter.weights, {0.002F}),
                                             Constant(ov::element::i32, {4}, filter.bias)},
                                  .outputs = {Stored("y", {1, 4}, 0.3F, 9)},
                                  .attributes = {}},
                                 kImage);
  const std::vector<int> pixels = Pixels(kImage);
  std::vector<int> expected;
  for (std::size_t c = 0; c < 4; ++c) {
    std::int64_t sum = filter.bias[c];
    for (std::size_t i = 0; i < 144; ++i) sum += filter.weights[c * 144 + i] * (pixels[i] - 128 - kInputZero);
    expected.push_back(Requantised(sum, 0.002F, 0.3F, 9, -128));
  }
  EXPECT_EQ(Compute(file, pixels), expected);
}

TEST(ExactNetwork, SumsTooLargeForFloatsAreTakenInParts) {
  const ov::Shape image{1, 32, 32, 3};
  const std::vector<std::int8_t> heavy(3 * 1024, 127);
  const TfliteFile file = FileOf({.type = "FULLY_CONNECTED",
                                  .inputs = {Constant(ov::element::i8, {1, 3 * 1024}, heavy, {0.002F}),
                                             Constant<std::int32_t>(ov::element::i32, {1}, {-30000001})},
                                  .outputs = {Stored("y", {1, 1}, 30, 9)},
                                  .attributes = {}},
                                 image);
  const std::vector<int> pixels(3 * 1024, 231);
  const std::int64_t sum = std::int64_t{3 * 1024} * 127 * (231 - 128 - kInputZero) - 30000001;
  EXPECT_EQ(Compute(file, pixels), std::vector<int>{Requantised(sum, 0.002F, 30, 9, -128)});
}

TEST(ExactNetwork, PadAddsZerosNotZeroPoints) {
  const TfliteFile file =
      FileOf({.type = "PAD",
              .inputs = {Constant<std::int32_t>(ov::element::i32, {4, 2}, {0, 0, 1, 0, 0, 1, 0, 0})},
              .outputs = {Stored("y", {1, 2, 3, 1}, kInputScale, kInputZero)},
              .attributes = {}},
             {1, 1, 2, 1});
  EXPECT_EQ(Compute(file, {0, 255}), (std::vector<int>{-7, -7, -7, -128, 127, -7}));
}

TEST(ExactNetwork, LayersAreInRealUnitsAndInnerOperationsAreMarked) {
  const Filter filter = RandomFilter(5 * 9 * 3, 5);
  const TfliteFile file =
      FileOf({.type = "CONV_2D",
              .inputs = {Constant(ov::element::i8, {5, 3, 3, 3}, filter.weights, filter.scales)},
              .outputs = {Stored("y", {1, 4, 3, 5}, 0.11F, 4)},
              .attributes = SameAtStrideTwo()},
             kImage);
  const Result<std::shared_ptr<ov::Model>> network = ExactNetwork(file);
  ASSERT_TRUE(network) << network.error().message;
  std::vector<std::string> names;
  for (const std::shared_ptr<ov::Node>& node : (*network)->get_ordered_ops()) {
    if (!node->get_friendly_name().starts_with('~')) names.push_back(node->get_friendly_name());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("input", "Convolution_1", "y", "y/result"));
}

TEST(ExactNetwork, WhatItCannotDoIsSaid) {
  const auto reason = [](const TfliteOperation& operation) {
    const Result<std::shared_ptr<ov::Model>> network = ExactNetwork(FileOf(operation, kImage));
    return network ? "" : network.error().message;
  };
  TfliteOperation operation{
      .type = "TANH", .inputs = {}, .outputs = {Stored("y", kImage, 1, 0)}, .attributes = {}};
  EXPECT_EQ(reason(operation), "operation TANH");
  operation.type = "QUANTIZE";
  EXPECT_EQ(reason(operation), "QUANTIZE to another scale");
  operation.outputs[0].type = ov::element::i16;
  EXPECT_EQ(reason(operation), "QUANTIZE of another type than 8 bits with one scale");
}

}  // namespace
}  // namespace coulis::models
