#include "models/exact_operations.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <openvino/op/concat.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/pad.hpp>
#include <openvino/op/reduce_sum.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/transpose.hpp>

#include "models/exact_window.h"

namespace coulis::models {
namespace {

using Inputs = std::vector<ExactTensor>;

Value Integers(const std::vector<std::int64_t>& values) {
  return ov::op::v0::Constant::create(ov::element::i64, ov::Shape{values.size()}, values);
}

Value Transposed(const Value& value, const std::vector<std::int64_t>& order) {
  return std::make_shared<ov::op::v1::Transpose>(value, Integers(order));
}

bool IsImage(const ExactTensor& tensor) {
  return tensor.centred.get_partial_shape().size() == 4;
}

bool SameScale(const Quantisation& a, const Quantisation& b) {
  return a.scale == b.scale && a.zero_point - a.lowest == b.zero_point - b.lowest;
}

Value InShapeOf(const Value& value, const TfliteTensor& tensor) {
  const std::vector<std::int64_t> shape(tensor.shape.begin(), tensor.shape.end());
  return std::make_shared<ov::op::v1::Reshape>(value, Integers(shape), false);
}

// Between types that differ in nothing but where 0 is, and from floats as XNNPACK's f32-qs8 conversion does
// it.
Result<ExactTensor> Quantize(const TfliteOperation& operation, const Inputs& inputs) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const ExactTensor& input = inputs[0];
  if (input.quantised) {
    if (!SameScale(input.of(), to)) return NotExact("QUANTIZE to another scale");
    return ExactTensor{input.centred, to, input.channels_first};
  }
  // Bounds that no image exceeds keep the preprocessing's factor apart from this one.
  const Value real = Within(input.centred, {-kLargestInteger, kLargestInteger});
  const Bounds bounds{to.lowest - to.zero_point, to.highest - to.zero_point};
  return ExactTensor{Within(Rounded(Times(real, Number(1 / to.scale))), bounds), to, input.channels_first};
}

Result<ExactTensor> Dequantize(const TfliteOperation& operation, const Inputs& inputs) {
  if (operation.outputs[0].type != ov::element::f32)
    return NotExact("DEQUANTIZE to another type than floats");
  return ExactTensor{Real(inputs[0]), std::nullopt, inputs[0].channels_first};
}

Result<ExactTensor> Add(const TfliteOperation& operation, const Inputs& inputs) {
  if (inputs.size() != 2 || operation.inputs[0].shape != operation.inputs[1].shape) {
    return NotExact("ADD of a constant or of tensors that differ in shape");
  }
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const std::optional<Bounds> bounds = ActivationBounds(operation, to);
  if (!bounds) return NotExact("activation of ADD");
  const bool first = IsImage(inputs[0]);
  const Value a = first ? ChannelsFirst(inputs[0]) : inputs[0].centred;
  const Value b = first ? ChannelsFirst(inputs[1]) : inputs[1].centred;
  const std::optional<Value> sum =
      AddQuantised(a, inputs[0].of().scale, b, inputs[1].of().scale, to.scale, *bounds);
  if (!sum) return NotExact("ADD of scales that are far apart");
  return ExactTensor{*sum, to, first};
}

Result<ExactTensor> Mean(const TfliteOperation& operation, const Inputs& inputs) {
  if (inputs.size() != 1 || !IsImage(inputs[0])) return NotExact("MEAN of no image");
  std::vector<std::int64_t> axes = IntegersOf(operation.inputs.back());
  for (std::int64_t& axis : axes) axis = axis < 0 ? axis + 4 : axis;
  std::sort(axes.begin(), axes.end());
  const ov::Shape& shape = operation.inputs[0].shape;
  const auto count = static_cast<std::int64_t>(shape[1] * shape[2]);
  const Quantisation& from = inputs[0].of();
  if (axes != std::vector<std::int64_t>{1, 2} || 2 * count * from.largest() > kLargestInteger) {
    return NotExact("MEAN over these axes");
  }
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const Value sum =
      std::make_shared<ov::op::v1::ReduceSum>(ChannelsFirst(inputs[0]), Integers({2, 3}), /*keep_dims=*/true);
  const Value mean = MeanOfSum(sum, count, from, to);
  const bool kept = operation.outputs[0].shape.size() == 4;
  return ExactTensor{kept ? mean : InShapeOf(mean, operation.outputs[0]), to, kept};
}

Result<ExactTensor> Softmax(const TfliteOperation& operation, const Inputs& inputs) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const auto beta = operation.attributes.find("beta");
  if (operation.inputs[0].type != ov::element::i8 || to.lowest != -128 ||
      beta == operation.attributes.end()) {
    return NotExact("SOFTMAX of this type");
  }
  return ExactTensor{SoftmaxQuantised(AsInFile(inputs[0]), inputs[0].of(), beta->second.as<float>(), to), to,
                     false};
}

Result<ExactTensor> Reshape(const TfliteOperation& operation, const Inputs& inputs) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  if (!SameScale(inputs[0].of(), to)) return NotExact("RESHAPE to another scale");
  return ExactTensor{InShapeOf(AsInFile(inputs[0]), operation.outputs[0]), to, false};
}

Result<ExactTensor> Concatenation(const TfliteOperation& operation, const Inputs& inputs) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const auto axis = operation.attributes.find("axis");
  ov::OutputVector parts;
  for (const ExactTensor& input : inputs) {
    if (!SameScale(input.of(), to)) return NotExact("CONCATENATION of several scales");
    parts.push_back(IsImage(input) ? ChannelsFirst(input) : input.centred);
  }
  if (parts.size() != operation.inputs.size() || axis == operation.attributes.end()) {
    return NotExact("CONCATENATION with a constant");
  }
  const bool image = IsImage(inputs[0]);
  std::int64_t along = axis->second.as<std::int64_t>();
  if (along < 0) along += static_cast<std::int64_t>(operation.outputs[0].shape.size());
  if (image) along = std::array{0, 2, 3, 1}.at(static_cast<std::size_t>(along));
  return ExactTensor{std::make_shared<ov::op::v0::Concat>(parts, along), to, image};
}

Result<ExactTensor> Pad(const TfliteOperation& operation, const Inputs& inputs) {
  const Quantisation to = *QuantisationOf(operation.outputs[0]);
  const std::vector<std::int64_t> margins = IntegersOf(operation.inputs.back());
  const std::size_t rank = operation.inputs[0].shape.size();
  if (inputs.size() != 1 || !SameScale(inputs[0].of(), to) || margins.size() != 2 * rank) {
    return NotExact("PAD of this form");
  }
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
  for (std::size_t i = 0; i < rank; ++i) {
    before.push_back(margins[2 * i]);
    after.push_back(margins[2 * i + 1]);
  }
  const Value padded = std::make_shared<ov::op::v1::Pad>(
      AsInFile(inputs[0]), Integers(before), Integers(after), Number(0), ov::op::PadMode::CONSTANT);
  return ExactTensor{padded, to, false};
}

using Compute = Result<ExactTensor> (*)(const TfliteOperation&, const Inputs&);

const std::map<std::string, Compute>& Operations() {
  static const std::map<std::string, Compute> operations = {{"ADD", Add},
                                                            {"AVERAGE_POOL_2D", AveragePool},
                                                            {"CONCATENATION", Concatenation},
                                                            {"CONV_2D", Convolution},
                                                            {"DEPTHWISE_CONV_2D", DepthwiseConvolution},
                                                            {"DEQUANTIZE", Dequantize},
                                                            {"FULLY_CONNECTED", FullyConnected},
                                                            {"MAX_POOL_2D", MaxPool},
                                                            {"MEAN", Mean},
                                                            {"PAD", Pad},
                                                            {"QUANTIZE", Quantize},
                                                            {"RESHAPE", Reshape},
                                                            {"SOFTMAX", Softmax},
                                                            {"SQUEEZE", Reshape}};
  return operations;
}

}  // namespace

Error NotExact(const std::string& reason) {
  return {ErrorCode::kBadModel, reason};
}

std::optional<Quantisation> QuantisationOf(const TfliteTensor& tensor) {
  if (tensor.scales.size() != 1 || tensor.zero_points.size() != 1) return std::nullopt;
  if (tensor.type != ov::element::i8 && tensor.type != ov::element::u8) return std::nullopt;
  const bool is_signed = tensor.type == ov::element::i8;
  return Quantisation{tensor.scales[0], tensor.zero_points[0], is_signed ? -128 : 0, is_signed ? 127 : 255};
}

std::vector<std::int64_t> IntegersOf(const TfliteTensor& tensor) {
  std::vector<std::int32_t> values(tensor.type == ov::element::i32 ? tensor.data.size() / sizeof(std::int32_t)
                                                                   : 0);
  std::memcpy(values.data(), tensor.data.data(), values.size() * sizeof(std::int32_t));
  return {values.begin(), values.end()};
}

// Bounds are quantised as XNNPACK does it (xnn_qs8_quantize).
std::optional<Bounds> ActivationBounds(const TfliteOperation& operation, const Quantisation& to) {
  Bounds bounds{to.lowest - to.zero_point, to.highest - to.zero_point};
  const auto activation = operation.attributes.find("activation");
  const std::string name =
      activation == operation.attributes.end() ? "NONE" : activation->second.as<std::string>();
  const auto centred = [&](float real) {
    const float stored = real / to.scale + static_cast<float>(to.zero_point);
    return std::clamp<std::int64_t>(std::lrint(stored), to.lowest, to.highest) - to.zero_point;
  };
  if (name == "NONE") return bounds;
  if (name == "RELU") return Bounds{centred(0), bounds.high};
  if (name == "RELU6") return Bounds{centred(0), centred(6)};
  if (name == "RELU_N1_TO_1") return Bounds{centred(-1), centred(1)};
  return std::nullopt;
}

Value ChannelsFirst(const ExactTensor& tensor) {
  return tensor.channels_first ? tensor.centred : Transposed(tensor.centred, {0, 3, 1, 2});
}

Value AsInFile(const ExactTensor& tensor) {
  return tensor.channels_first ? Transposed(tensor.centred, {0, 2, 3, 1}) : tensor.centred;
}

Value Real(const ExactTensor& tensor) {
  return Times(tensor.centred, Number(tensor.of().scale));
}

Result<ExactTensor> ComputeExactly(const TfliteOperation& operation, const std::vector<ExactTensor>& inputs) {
  const auto known = Operations().find(operation.type);
  if (known == Operations().end()) return NotExact("operation " + operation.type);
  const bool from_floats = operation.type == "QUANTIZE";
  const bool to_floats = operation.type == "DEQUANTIZE";
  const bool quantised = std::all_of(inputs.begin(), inputs.end(),
                                     [](const ExactTensor& input) { return input.quantised.has_value(); });
  if (operation.outputs.size() != 1 || inputs.empty() || (!quantised && !from_floats) ||
      (!QuantisationOf(operation.outputs[0]) && !to_floats)) {
    return NotExact(operation.type + " of another type than 8 bits with one scale");
  }
  return known->second(operation, inputs);
}

}  // namespace coulis::models
