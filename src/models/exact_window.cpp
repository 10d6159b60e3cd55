#include "models/exact_window.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <openvino/op/abs.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/convolution.hpp>
#include <openvino/op/floor.hpp>
#include <openvino/op/group_conv.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/max_pool.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/sign.hpp>

namespace coulis::models {
namespace {

using Inputs = std::vector<ExactTensor>;

// Weights in the file's order, whose output channels lie along `axis`, with LiteRT's rules for them: 8 bits,
// signed, zero point 0.
struct Weights {
  const TfliteTensor& tensor;
  std::vector<std::int8_t> values;
  std::ptrdiff_t axis;

  [[nodiscard]] std::size_t channels() const { return tensor.shape[axis]; }
  // The channel of a value: it varies fastest, or slowest.
  [[nodiscard]] std::size_t ChannelOf(std::size_t index) const {
    return axis == 0 ? index / (values.size() / channels()) : index % channels();
  }
};

std::optional<Weights> WeightsOf(const TfliteTensor& tensor, std::size_t rank, std::ptrdiff_t axis) {
  const bool per_channel = tensor.scales.size() > 1;
  const auto is_zero = [](std::int64_t zero_point) { return zero_point == 0; };
  if (tensor.type != ov::element::i8 || tensor.shape.size() != rank || tensor.data.empty() ||
      tensor.scales.empty() || !std::all_of(tensor.zero_points.begin(), tensor.zero_points.end(), is_zero) ||
      (per_channel && (tensor.scales.size() != tensor.shape[axis] || tensor.axis != axis))) {
    return std::nullopt;
  }
  Weights weights{tensor, std::vector<std::int8_t>(tensor.data.size()), axis};
  std::memcpy(weights.values.data(), tensor.data.data(), tensor.data.size());
  return weights;
}

// Stored in 8 bits; the engine turns them into floats when it loads the network.
Value Floats(const std::vector<std::int8_t>& values, const ov::Shape& shape) {
  return std::make_shared<ov::op::v0::Convert>(ov::op::v0::Constant::create(ov::element::i8, shape, values),
                                               ov::element::f32);
}

// [output, height, width, input] → [output, input, height, width].
Value ConvolutionFilter(const Weights& weights) {
  const ov::Shape& shape = weights.tensor.shape;
  const std::size_t pixels = shape[1] * shape[2];
  std::vector<std::int8_t> filter(weights.values.size());
  for (std::size_t i = 0; i < filter.size(); ++i) {
    const std::size_t output = i / (pixels * shape[3]);
    const std::size_t pixel = i / shape[3] % pixels;
    filter[(output * shape[3] + i % shape[3]) * pixels + pixel] = weights.values[i];
  }
  return Floats(filter, {shape[0], shape[3], shape[1], shape[2]});
}

// [1, height, width, groups * multiplier] → [groups, multiplier, 1, height, width].
Value DepthwiseFilter(const Weights& weights, std::size_t groups) {
  const ov::Shape& shape = weights.tensor.shape;
  const std::size_t pixels = shape[1] * shape[2];
  std::vector<std::int8_t> filter(weights.values.size());
  for (std::size_t i = 0; i < filter.size(); ++i) {
    filter[i % shape[3] * pixels + i / shape[3]] = weights.values[i];
  }
  return Floats(filter, {groups, shape[3] / groups, 1, shape[1], shape[2]});
}

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

// Bias, requantisation and activation of a sum.
Result<ExactTensor> Finished(const Value& sum, const TfliteOperation& operation, const ExactTensor& input,
                             const Weights& weights) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const std::optional<Bounds> bounds = ActivationBounds(operation, to);
  if (!bounds) return NotExact("activation of " + operation.type);
  std::vector<std::int64_t> largest(weights.channels());
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    largest[weights.ChannelOf(i)] += input.of().largest() * std::abs(int{weights.values[i]});
  }
  std::vector<std::int32_t> bias(weights.channels());
  if (operation.inputs.size() > 2) {
    const std::vector<std::int64_t> values = IntegersOf(operation.inputs[2]);
    if (values.size() != bias.size()) return NotExact(operation.type + " with a bias of another type");
    std::transform(values.begin(), values.end(), bias.begin(),
                   [](std::int64_t value) { return static_cast<std::int32_t>(value); });
  }
  const std::optional<Value> biased = WithBias(sum, largest, bias);
  if (!biased) return NotExact(operation.type + " whose sums may exceed 2^24");
  std::vector<float> scales;
  for (std::size_t c = 0; c < weights.channels(); ++c) {
    const float scale = weights.tensor.scales[weights.tensor.scales.size() > 1 ? c : 0];
    scales.push_back(input.of().scale * scale / to.scale);
  }
  return ExactTensor{Requantised(*biased, scales, *bounds), to, sum.get_partial_shape().size() == 4};
}

// Pixels of the image under each place of a window (those outside do not count).
std::vector<float> Counts(std::size_t extent, std::size_t window, std::size_t stride, std::size_t places) {
  const auto covered = static_cast<std::int64_t>((places - 1) * stride + window);
  const std::int64_t before = std::max<std::int64_t>(covered - static_cast<std::int64_t>(extent), 0) / 2;
  std::vector<float> counts;
  for (std::size_t place = 0; place < places; ++place) {
    const std::int64_t start = static_cast<std::int64_t>(place * stride) - before;
    const std::int64_t end =
        std::min(start + static_cast<std::int64_t>(window), static_cast<std::int64_t>(extent));
    counts.push_back(static_cast<float>(end - std::max<std::int64_t>(start, 0)));
  }
  return counts;
}

// sum / count, halves away from 0. A quarter keeps the quotient off the integers, so that it may be rounded.
Value Divided(const Value& sum, const std::vector<float>& counts, const ov::Shape& shape) {
  std::vector<float> half;
  std::vector<float> inverse;
  for (const float count : counts) {
    half.push_back(std::floor(count / 2) + 0.25F);
    inverse.push_back(1 / count);
  }
  const auto constant = [&](const std::vector<float>& values) -> Value {
    return ov::op::v0::Constant::create(ov::element::f32, shape, values);
  };
  const Value size = Plus(std::make_shared<ov::op::v0::Abs>(sum), constant(half));
  return Times(std::make_shared<ov::op::v0::Floor>(Times(size, constant(inverse))),
               std::make_shared<ov::op::v0::Sign>(sum));
}

// Pooling keeps the scale.
std::optional<Bounds> PoolBounds(const TfliteOperation& operation, const Inputs& inputs) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const Quantisation& from = inputs[0].of();
  const bool images = operation.inputs[0].shape.size() == 4 && operation.outputs[0].shape.size() == 4;
  if (!images || from.scale != to.scale || from.zero_point != to.zero_point) return std::nullopt;
  return ActivationBounds(operation, to);
}

}  // namespace

Result<ExactTensor> Convolution(const TfliteOperation& operation, const Inputs& inputs) {
  const std::optional<Weights> weights =
      operation.inputs.size() > 1 ? WeightsOf(operation.inputs[1], 4, 0) : std::nullopt;
  const ov::Shape& shape = operation.inputs[0].shape;
  if (!weights || shape.size() != 4 || weights->tensor.shape[3] != shape[3]) {
    return NotExact("CONV_2D with weights of another type");
  }
  const ov::CoordinateDiff none{0, 0};
  const Value sum = std::make_shared<ov::op::v1::Convolution>(
      ChannelsFirst(inputs[0]), ConvolutionFilter(*weights), ov::Strides(Extents(operation, "strides")), none,
      none, ov::Strides(Extents(operation, "dilations")), Padding(operation));
  return Finished(sum, operation, inputs[0], *weights);
}

Result<ExactTensor> DepthwiseConvolution(const TfliteOperation& operation, const Inputs& inputs) {
  const std::optional<Weights> weights =
      operation.inputs.size() > 1 ? WeightsOf(operation.inputs[1], 4, 3) : std::nullopt;
  const ov::Shape& shape = operation.inputs[0].shape;
  if (!weights || shape.size() != 4 || weights->tensor.shape[3] % shape[3] != 0) {
    return NotExact("DEPTHWISE_CONV_2D with weights of another type");
  }
  const ov::CoordinateDiff none{0, 0};
  const Value sum = std::make_shared<ov::op::v1::GroupConvolution>(
      ChannelsFirst(inputs[0]), DepthwiseFilter(*weights, shape[3]),
      ov::Strides(Extents(operation, "strides")), none, none, ov::Strides(Extents(operation, "dilations")),
      Padding(operation));
  return Finished(sum, operation, inputs[0], *weights);
}

Result<ExactTensor> FullyConnected(const TfliteOperation& operation, const Inputs& inputs) {
  const std::optional<Weights> weights =
      operation.inputs.size() > 1 ? WeightsOf(operation.inputs[1], 2, 0) : std::nullopt;
  if (!weights || operation.outputs[0].shape.size() != 2) {
    return NotExact("FULLY_CONNECTED with weights of another type");
  }
  const auto row = static_cast<std::int64_t>(weights->tensor.shape[1]);
  const Value rows = std::make_shared<ov::op::v1::Reshape>(
      AsInFile(inputs[0]), ov::op::v0::Constant::create(ov::element::i64, {2}, {std::int64_t{-1}, row}),
      false);
  const Value sum = std::make_shared<ov::op::v0::MatMul>(rows, Floats(weights->values, weights->tensor.shape),
                                                         /*transpose_a=*/false, /*transpose_b=*/true);
  return Finished(sum, operation, inputs[0], *weights);
}

Result<ExactTensor> AveragePool(const TfliteOperation& operation, const Inputs& inputs) {
  constexpr std::size_t kMostPixels = 4096;
  const std::optional<Bounds> bounds = PoolBounds(operation, inputs);
  const std::vector<std::size_t> window = Extents(operation, "ksize");
  if (!bounds || window[0] * window[1] > kMostPixels) return NotExact("AVERAGE_POOL_2D of this form");
  const ov::Shape& from = operation.inputs[0].shape;
  const ov::Shape& to = operation.outputs[0].shape;
  const std::vector<std::size_t> strides = Extents(operation, "strides");
  const ov::CoordinateDiff none{0, 0};
  const std::vector<std::int8_t> ones(from[3] * window[0] * window[1], 1);
  const Value centred = std::make_shared<ov::op::v1::GroupConvolution>(
      ChannelsFirst(inputs[0]), Floats(ones, {from[3], 1, 1, window[0], window[1]}), ov::Strides(strides),
      none, none, ov::Strides{1, 1}, Padding(operation));
  const auto zero_point = static_cast<float>(inputs[0].of().zero_point);
  std::vector<float> counts;
  std::vector<float> zero_points;
  for (const float rows : Counts(from[1], window[0], strides[0], to[1])) {
    for (const float columns : Counts(from[2], window[1], strides[1], to[2])) {
      counts.push_back(rows * columns);
      zero_points.push_back(counts.back() * zero_point);
    }
  }
  const ov::Shape shape{1, 1, to[1], to[2]};
  const Value stored =
      Rounded(Plus(centred, ov::op::v0::Constant::create(ov::element::f32, shape, zero_points)));
  const Value mean = Plus(Divided(stored, counts, shape), Number(-zero_point));
  return ExactTensor{Within(mean, *bounds), inputs[0].of(), true};
}

Result<ExactTensor> MaxPool(const TfliteOperation& operation, const Inputs& inputs) {
  const std::optional<Bounds> bounds = PoolBounds(operation, inputs);
  if (!bounds) return NotExact("MAX_POOL_2D of this form");
  const Value largest = std::make_shared<ov::op::v1::MaxPool>(
      ChannelsFirst(inputs[0]), ov::Strides(Extents(operation, "strides")), ov::Shape{0, 0}, ov::Shape{0, 0},
      ov::Shape(Extents(operation, "ksize")), ov::op::RoundingType::FLOOR, Padding(operation));
  return ExactTensor{Within(largest, *bounds), inputs[0].of(), true};
}

}  // namespace coulis::models
