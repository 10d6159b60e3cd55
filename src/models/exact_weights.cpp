#include "models/exact_weights.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>

namespace coulis::models {

std::optional<Weights> WeightsOf(const TfliteTensor& tensor, std::size_t rank, bool depthwise) {
  const auto is_zero = [](std::int64_t zero_point) { return zero_point == 0; };
  if (tensor.type != ov::element::i8 || tensor.shape.size() != rank || tensor.data.empty() ||
      !std::all_of(tensor.zero_points.begin(), tensor.zero_points.end(), is_zero)) {
    return std::nullopt;
  }
  Weights weights{std::vector<std::int8_t>(tensor.data.size()), tensor.shape, depthwise, tensor.scales};
  std::memcpy(weights.values.data(), tensor.data.data(), tensor.data.size());
  const auto axis = depthwise ? static_cast<std::int64_t>(rank) - 1 : 0;
  const bool per_channel = tensor.scales.size() == weights.outputs() && tensor.axis == axis;
  if (tensor.scales.size() != 1 && !per_channel) return std::nullopt;
  return weights;
}

std::vector<std::int64_t> LargestSums(const Weights& weights, Slice slice, std::int64_t largest) {
  std::vector<std::int64_t> sums(weights.outputs());
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    const std::size_t input = i % weights.inputs();
    if (input < slice.first || input >= slice.last) continue;
    sums[weights.OutputOf(i)] += largest * std::abs(int{weights.values[i]});
  }
  return sums;
}

std::optional<std::vector<Slice>> ExactSlices(const Weights& weights, std::int64_t largest) {
  constexpr std::size_t kMost = 16;
  const std::size_t inputs = weights.inputs();
  for (std::size_t count = 1; count <= std::min(inputs, kMost); ++count) {
    std::vector<Slice> slices;
    for (std::size_t i = 0; i < count; ++i) slices.push_back({inputs * i / count, inputs * (i + 1) / count});
    if (std::all_of(slices.begin(), slices.end(), [&](Slice slice) {
          const std::vector<std::int64_t> sums = LargestSums(weights, slice, largest);
          return *std::max_element(sums.begin(), sums.end()) <= kLargestInteger;
        })) {
      return slices;
    }
  }
  return std::nullopt;
}

Value Floats(const std::vector<std::int8_t>& values, const ov::Shape& shape) {
  return std::make_shared<ov::op::v0::Convert>(ov::op::v0::Constant::create(ov::element::i8, shape, values),
                                               ov::element::f32);
}

Value ConvolutionFilter(const Weights& weights, Slice slice) {
  const ov::Shape& shape = weights.shape;
  const std::size_t pixels = shape[1] * shape[2];
  std::vector<std::int8_t> filter;
  for (std::size_t output = 0; output < shape[0]; ++output) {
    for (std::size_t input = slice.first; input < slice.last; ++input) {
      for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        filter.push_back(weights.values[(output * pixels + pixel) * shape[3] + input]);
      }
    }
  }
  return Floats(filter, {shape[0], slice.last - slice.first, shape[1], shape[2]});
}

Value DepthwiseFilter(const Weights& weights, std::size_t groups) {
  const ov::Shape& shape = weights.shape;
  const std::size_t pixels = shape[1] * shape[2];
  std::vector<std::int8_t> filter(weights.values.size());
  for (std::size_t i = 0; i < filter.size(); ++i) {
    filter[i % shape[3] * pixels + i / shape[3]] = weights.values[i];
  }
  return Floats(filter, {groups, shape[3] / groups, 1, shape[1], shape[2]});
}

Value ProductMatrix(const Weights& weights, Slice slice) {
  std::vector<std::int8_t> matrix;
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    const std::size_t input = i % weights.inputs();
    if (input >= slice.first && input < slice.last) matrix.push_back(weights.values[i]);
  }
  return Floats(matrix, {weights.outputs(), slice.last - slice.first});
}

}  // namespace coulis::models
