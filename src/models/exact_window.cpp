#include "models/exact_window.h"

#include <algorithm>
#include <memory>
#include <openvino/op/constant.hpp>
#include <openvino/op/convolution.hpp>
#include <openvino/op/group_conv.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/slice.hpp>

#include "models/exact_weights.h"

namespace coulis::models {
namespace {

using Inputs = std::vector<ExactTensor>;

std::optional<Weights> WeightsOf(const TfliteOperation& operation, std::size_t rank, bool depthwise = false) {
  return operation.inputs.size() > 1 ? WeightsOf(operation.inputs[1], rank, depthwise) : std::nullopt;
}

// Those channels of the second axis.
Value Sliced(const Value& value, Slice slice) {
  const auto integer = [](std::size_t number) {
    return ov::op::v0::Constant::create(ov::element::i64, {1}, {static_cast<std::int64_t>(number)});
  };
  return std::make_shared<ov::op::v8::Slice>(value, integer(slice.first), integer(slice.last), integer(1),
                                             integer(1));
}

// The bias of each output channel; none: zeros. Nothing: it is of another type.
std::optional<std::vector<std::int32_t>> BiasOf(const TfliteOperation& operation, std::size_t channels) {
  std::vector<std::int32_t> bias(channels);
  if (operation.inputs.size() < 3) return bias;
  const std::vector<std::int64_t> values = IntegersOf(operation.inputs[2]);
  if (values.size() != channels) return std::nullopt;
  std::transform(values.begin(), values.end(), bias.begin(),
                 [](std::int64_t value) { return static_cast<std::int32_t>(value); });
  return bias;
}

// Bias, requantisation and activation of the sums of the slices.
Result<ExactTensor> Finished(const std::vector<Value>& sums, const TfliteOperation& operation,
                             const Quantisation& from, const Weights& weights) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const std::optional<Bounds> bounds = ActivationBounds(operation, to);
  if (!bounds) return NotExact("activation of " + operation.type);
  const std::optional<std::vector<std::int32_t>> bias = BiasOf(operation, weights.outputs());
  if (!bias) return NotExact(operation.type + " with a bias of another type");
  const std::vector<std::int64_t> largest = LargestSums(weights, {0, weights.inputs()}, from.largest());
  std::vector<float> scales;
  for (std::size_t c = 0; c < weights.outputs(); ++c) {
    scales.push_back(from.scale * weights.scales[weights.scales.size() > 1 ? c : 0] / to.scale);
  }
  return ExactTensor{Requantised(WithBias(sums, largest, *bias), scales, *bounds), to,
                     sums[0].get_partial_shape().size() == 4};
}

// The sums of products of each slice.
template <typename Sum>
std::optional<std::vector<Value>> Sums(const Value& input, const Weights& weights, std::int64_t largest,
                                       const Sum& sum) {
  const std::optional<std::vector<Slice>> slices = ExactSlices(weights, largest);
  if (!slices) return std::nullopt;
  std::vector<Value> sums;
  for (const Slice& slice : *slices) {
    sums.push_back(sum(slices->size() == 1 ? input : Sliced(input, slice), slice));
  }
  return sums;
}

Error TooLarge(const TfliteOperation& operation) {
  return NotExact(operation.type + " whose sums are too large");
}

}  // namespace

std::vector<std::size_t> Extents(const TfliteOperation& operation, const char* name) {
  const auto found = operation.attributes.find(name);
  if (found == operation.attributes.end()) return {1, 1};
  const auto all = found->second.as<std::vector<std::int64_t>>();
  if (all.size() != 4 || all[1] < 1 || all[2] < 1) return {1, 1};
  return {static_cast<std::size_t>(all[1]), static_cast<std::size_t>(all[2])};
}

ov::op::PadType Padding(const TfliteOperation& operation) {
  const auto found = operation.attributes.find("padding");
  const bool same = found != operation.attributes.end() && found->second.as<std::string>() == "SAME";
  return same ? ov::op::PadType::SAME_UPPER : ov::op::PadType::VALID;
}

Result<ExactTensor> Convolution(const TfliteOperation& operation, const Inputs& inputs) {
  const std::optional<Weights> weights = WeightsOf(operation, 4);
  const ov::Shape& shape = operation.inputs[0].shape;
  if (!weights || shape.size() != 4 || weights->inputs() != shape[3]) {
    return NotExact("CONV_2D with weights of another type");
  }
  const ov::CoordinateDiff none{0, 0};
  const auto sum = [&](const Value& input, Slice slice) -> Value {
    return std::make_shared<ov::op::v1::Convolution>(
        input, ConvolutionFilter(*weights, slice), ov::Strides(Extents(operation, "strides")), none, none,
        ov::Strides(Extents(operation, "dilations")), Padding(operation));
  };
  const auto sums = Sums(ChannelsFirst(inputs[0]), *weights, inputs[0].of().largest(), sum);
  return sums ? Finished(*sums, operation, inputs[0].of(), *weights) : TooLarge(operation);
}

Result<ExactTensor> DepthwiseConvolution(const TfliteOperation& operation, const Inputs& inputs) {
  const std::optional<Weights> weights = WeightsOf(operation, 4, /*depthwise=*/true);
  const ov::Shape& shape = operation.inputs[0].shape;
  if (!weights || shape.size() != 4 || weights->outputs() % shape[3] != 0) {
    return NotExact("DEPTHWISE_CONV_2D with weights of another type");
  }
  if (!ExactSlices(*weights, inputs[0].of().largest())) return TooLarge(operation);
  const ov::CoordinateDiff none{0, 0};
  const Value sum = std::make_shared<ov::op::v1::GroupConvolution>(
      ChannelsFirst(inputs[0]), DepthwiseFilter(*weights, shape[3]),
      ov::Strides(Extents(operation, "strides")), none, none, ov::Strides(Extents(operation, "dilations")),
      Padding(operation));
  return Finished({sum}, operation, inputs[0].of(), *weights);
}

Result<ExactTensor> FullyConnected(const TfliteOperation& operation, const Inputs& inputs) {
  const std::optional<Weights> weights = WeightsOf(operation, 2);
  if (!weights || operation.outputs[0].shape.size() != 2 ||
      ov::shape_size(operation.inputs[0].shape) % weights->inputs() != 0) {
    return NotExact("FULLY_CONNECTED with weights of another type");
  }
  const auto row = static_cast<std::int64_t>(weights->inputs());
  const Value rows = std::make_shared<ov::op::v1::Reshape>(
      AsInFile(inputs[0]), ov::op::v0::Constant::create(ov::element::i64, {2}, {std::int64_t{-1}, row}),
      false);
  const auto sum = [&](const Value& input, Slice slice) -> Value {
    return std::make_shared<ov::op::v0::MatMul>(input, ProductMatrix(*weights, slice), /*transpose_a=*/false,
                                                /*transpose_b=*/true);
  };
  const auto sums = Sums(rows, *weights, inputs[0].of().largest(), sum);
  return sums ? Finished(*sums, operation, inputs[0].of(), *weights) : TooLarge(operation);
}

}  // namespace coulis::models
