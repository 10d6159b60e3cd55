// The weights of convolutions and products in quantised TensorFlow Lite networks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/exact_arithmetic.h"
#include "models/tflite_file.h"

namespace coulis::models {

/// Weights of 8 bits with zero point 0, in the file's order. Inputs vary fastest, or, depthwise, outputs.
struct Weights {
  std::vector<std::int8_t> values;
  ov::Shape shape;
  bool depthwise = false;
  /// One for all output channels, or one for each.
  std::vector<float> scales;

  [[nodiscard]] std::size_t outputs() const { return depthwise ? shape.back() : shape.front(); }
  [[nodiscard]] std::size_t inputs() const { return depthwise ? 1 : shape.back(); }
  [[nodiscard]] std::size_t OutputOf(std::size_t index) const {
    return depthwise ? index % outputs() : index / (values.size() / outputs());
  }
};

/// Input channels from `first` to before `last`.
struct Slice {
  std::size_t first;
  std::size_t last;
};

/// Weights of `rank` extents. Nothing: they are of another type, or LiteRT would not take them.
[[nodiscard]] std::optional<Weights> WeightsOf(const TfliteTensor& tensor, std::size_t rank, bool depthwise);

/// The input channels in as few slices as keep all sums of products exact; `largest`: bound of |input|.
/// Nothing: there are too many products even so.
[[nodiscard]] std::optional<std::vector<Slice>> ExactSlices(const Weights& weights, std::int64_t largest);

/// Bound of the sum of each output channel.
[[nodiscard]] std::vector<std::int64_t> LargestSums(const Weights& weights, Slice slice,
                                                    std::int64_t largest);

/// As the engine wants them: [output, input, height, width], of these input channels.
[[nodiscard]] Value ConvolutionFilter(const Weights& weights, Slice slice);
/// [group, output of the group, 1, height, width].
[[nodiscard]] Value DepthwiseFilter(const Weights& weights, std::size_t groups);
/// [output, input], of these inputs.
[[nodiscard]] Value ProductMatrix(const Weights& weights, Slice slice);

/// Constants stored in 8 bits, which the engine turns into floats when it loads the network.
[[nodiscard]] Value Floats(const std::vector<std::int8_t>& values, const ov::Shape& shape);

}  // namespace coulis::models
