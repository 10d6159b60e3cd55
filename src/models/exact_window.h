// Operations of LiteRT that sum over a window or a row, and what exact operations share.
#pragma once

#include <cstdint>
#include <openvino/op/util/attr_types.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/exact_operations.h"

namespace coulis::models {

/// kBadModel with the reason.
[[nodiscard]] Error NotExact(const std::string& reason);

/// The values of a constant of type i32; of any other, none.
[[nodiscard]] std::vector<std::int64_t> IntegersOf(const TfliteTensor& tensor);

/// What the operation's activation leaves of stored - zero point. Nothing: the activation is not known.
[[nodiscard]] std::optional<Bounds> ActivationBounds(const TfliteOperation& operation,
                                                     const Quantisation& to);

/// The image as [batch, channels, height, width].
[[nodiscard]] Value ChannelsFirst(const ExactTensor& tensor);

/// Height and width of the attribute `name`; 1 each where there is none.
[[nodiscard]] std::vector<std::size_t> Extents(const TfliteOperation& operation, const char* name);

[[nodiscard]] ov::op::PadType Padding(const TfliteOperation& operation);

[[nodiscard]] Result<ExactTensor> Convolution(const TfliteOperation& operation,
                                              const std::vector<ExactTensor>& inputs);
[[nodiscard]] Result<ExactTensor> DepthwiseConvolution(const TfliteOperation& operation,
                                                       const std::vector<ExactTensor>& inputs);
[[nodiscard]] Result<ExactTensor> FullyConnected(const TfliteOperation& operation,
                                                 const std::vector<ExactTensor>& inputs);
[[nodiscard]] Result<ExactTensor> AveragePool(const TfliteOperation& operation,
                                              const std::vector<ExactTensor>& inputs);
[[nodiscard]] Result<ExactTensor> MaxPool(const TfliteOperation& operation,
                                          const std::vector<ExactTensor>& inputs);

}  // namespace coulis::models
