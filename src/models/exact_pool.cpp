#include <algorithm>
#include <cmath>
#include <memory>
#include <openvino/op/abs.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/floor.hpp>
#include <openvino/op/group_conv.hpp>
#include <openvino/op/max_pool.hpp>
#include <openvino/op/sign.hpp>

#include "models/exact_weights.h"
#include "models/exact_window.h"

namespace coulis::models {
namespace {

using Inputs = std::vector<ExactTensor>;

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
