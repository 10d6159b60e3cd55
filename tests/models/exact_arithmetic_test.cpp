#include "models/exact_arithmetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <openvino/op/parameter.hpp>
#include <openvino/op/result.hpp>
#include <openvino/runtime/core.hpp>
#include <random>

namespace coulis::models {
namespace {

using Parameter = std::shared_ptr<ov::op::v0::Parameter>;

Parameter Input(const ov::Shape& shape) {
  return std::make_shared<ov::op::v0::Parameter>(ov::element::f32, shape);
}

// What the engine that Coulis uses computes, with all its joining of operations.
std::vector<float> Compute(const Value& output, const ov::ParameterVector& inputs,
                           std::vector<std::vector<float>> values) {
  const auto network =
      std::make_shared<ov::Model>(ov::ResultVector{std::make_shared<ov::op::v0::Result>(output)}, inputs);
  ov::Core core;
  ov::CompiledModel compiled = core.compile_model(network, "CPU", {{"INFERENCE_PRECISION_HINT", "f32"}});
  ov::InferRequest request = compiled.create_infer_request();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    request.set_input_tensor(i, ov::Tensor(ov::element::f32, inputs[i]->get_shape(), values[i].data()));
  }
  request.infer();
  const ov::Tensor tensor = request.get_output_tensor(0);
  return {tensor.data<float>(), tensor.data<float>() + tensor.get_size()};
}

TEST(ExactArithmetic, AdditionEqualsFixedPointForAllPairs) {
  const float scales[][3] = {{0.245535463F, 0.36084941F, 0.402906477F},
                             {0.1F, 0.0999F, 0.05F},
                             {0.02F, 3.0F, 1.7F},
                             {0.7F, 0.002F, 0.5F}};
  for (const auto& [a_scale, b_scale, scale] : scales) {
    const Parameter a = Input({1, 1, 511, 511});
    const Parameter b = Input({1, 1, 511, 511});
    std::vector<float> left;
    std::vector<float> right;
    for (int i = -255; i <= 255; ++i) {
      for (int j = -255; j <= 255; ++j) {
        left.push_back(static_cast<float>(i));
        right.push_back(static_cast<float>(j));
      }
    }
    const std::optional<Value> sum = AddQuantised(a, a_scale, b, b_scale, scale, {-100, 155});
    ASSERT_TRUE(sum);
    const std::vector<float> got = Compute(*sum, {a, b}, {left, right});
    const int shift = 20 - std::ilogb(std::max(a_scale / scale, b_scale / scale));
    const auto a_factor = static_cast<std::int64_t>(std::lrint(std::ldexp(a_scale / scale, shift)));
    const auto b_factor = static_cast<std::int64_t>(std::lrint(std::ldexp(b_scale / scale, shift)));
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::int64_t exact = static_cast<std::int64_t>(left[i]) * a_factor +
                                 static_cast<std::int64_t>(right[i]) * b_factor +
                                 (std::int64_t{1} << (shift - 1));
      ASSERT_EQ(got[i], static_cast<float>(std::clamp<std::int64_t>(exact >> shift, -100, 155)))
          << left[i] << " + " << right[i] << " at scales " << a_scale << ", " << b_scale << ", " << scale;
    }
  }
}

TEST(ExactArithmetic, AdditionOfScalesFarApartIsRefused) {
  const Parameter a = Input({1, 1});
  EXPECT_FALSE(AddQuantised(a, 1000, a, 1, 1, {-128, 127}));
  EXPECT_FALSE(AddQuantised(a, 1, a, 1e-4F, 1, {-128, 127}));
}

TEST(ExactArithmetic, SumAndBiasAreRoundedOnceThenScaled) {
  const std::vector<std::int32_t> bias = {324204896, -16777301, 2147483647, 12, -2147483647 - 1};
  const std::vector<float> scales = {3.9e-7F, 7.45e-6F, 5.8e-8F, 0.5F, 5.9e-8F};
  constexpr int kSums = 4001;
  const Parameter input = Input({1, 5, 1, kSums});
  std::vector<float> sums;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    for (int i = 0; i < kSums; ++i) sums.push_back(static_cast<float>((i - kSums / 2) * 4013));
  }
  const std::vector<std::int64_t> largest(bias.size(), 4013LL * (kSums / 2));
  const Value sum = WithBias({input}, largest, bias);
  const std::vector<float> got = Compute(Requantised(sum, scales, {-128, 127}), {input}, {sums});
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::size_t c = i / kSums;
    // As XNNPACK turns a 32-bit sum into a float; here it may be larger.
    const auto whole = static_cast<float>(static_cast<std::int64_t>(sums[i]) + bias[c]);
    ASSERT_EQ(got[i], std::clamp(std::nearbyint(whole * scales[c]), -128.0F, 127.0F))
        << sums[i] << " + " << bias[c];
  }
}

TEST(ExactArithmetic, SumsInPartsAreRoundedOnce) {
  constexpr std::size_t kSums = 5000;
  std::vector<std::vector<float>> parts(3);
  std::mt19937 random(1);
  for (std::vector<float>& part : parts) {
    for (std::size_t i = 0; i < kSums; ++i) {
      part.push_back(static_cast<float>(static_cast<int>(random() % (2 * kLargestInteger)) -
                                        static_cast<int>(kLargestInteger)));
    }
  }
  const ov::ParameterVector inputs{Input({1, 1, 1, kSums}), Input({1, 1, 1, kSums}), Input({1, 1, 1, kSums})};
  const Value sum = WithBias({inputs[0], inputs[1], inputs[2]}, {3 * kLargestInteger}, {-12345});
  const std::vector<float> got = Compute(Requantised(sum, {1}, {-(1 << 30), 1 << 30}), inputs, parts);
  for (std::size_t i = 0; i < kSums; ++i) {
    std::int64_t whole = -12345;
    for (const std::vector<float>& part : parts) whole += static_cast<std::int64_t>(part[i]);
    ASSERT_EQ(got[i], static_cast<float>(whole)) << i;
  }
}

TEST(ExactArithmetic, MeanRoundsLikeXnnpack) {
  const Quantisation from{0.0235294122F, -128};
  const Quantisation to{0.0190778319F, -128};
  constexpr std::int64_t kCount = 49;
  const Parameter input = Input({1, 255 * kCount + 1, 1, 1});
  std::vector<float> sums(static_cast<std::size_t>(255 * kCount + 1));
  std::iota(sums.begin(), sums.end(), 0.0F);
  const std::vector<float> got = Compute(MeanOfSum(input, kCount, from, to), {input}, {sums});
  const float scale = from.scale / to.scale * (1.0F / kCount);
  const float zero_point = -128 - static_cast<float>(kCount * -128) * scale;
  for (std::size_t i = 0; i < got.size(); ++i) {
    volatile float product =
        (sums[i] - 128 * kCount) * scale;  // Rounded by itself: never joined with the sum.
    const float stored = std::clamp(std::nearbyint(product + zero_point), -128.0F, 127.0F);
    ASSERT_EQ(got[i], stored + 128) << sums[i];
  }
}

TEST(ExactArithmetic, SoftmaxSumsOneAfterTheOther) {
  const Quantisation from{0.0633650199F, -53};
  const Quantisation to{1.0F / 256, -128};
  constexpr std::size_t kClasses = 1001;
  const Parameter input = Input({1, kClasses});
  std::vector<float> values;
  for (std::size_t i = 0; i < kClasses; ++i)
    values.push_back(static_cast<float>((i * 7919 + i * i) % 97) - 75);
  const std::vector<float> got = Compute(SoftmaxQuantised(input, from, 1, to), {input}, {values});
  const float largest = *std::max_element(values.begin(), values.end());
  const auto power = [&](float value) { return std::exp(-from.scale * (largest - value)); };
  float sum = 0;
  for (const float value : values) sum += power(value);
  for (std::size_t i = 0; i < kClasses; ++i) {
    ASSERT_EQ(got[i], std::round(power(values[i]) * (1 / (sum * to.scale)))) << i;
  }
}

}  // namespace
}  // namespace coulis::models
