#include "models/tflite_file.h"

#include <exception>
#include <memory>
#include <openvino/frontend/manager.hpp>
#include <openvino/frontend/tensorflow_lite/decoder.hpp>
#include <openvino/frontend/tensorflow_lite/extension/conversion.hpp>
#include <openvino/frontend/tensorflow_lite/node_context.hpp>
#include <openvino/op/constant.hpp>
#include <stdexcept>

#include "models/network.h"

namespace coulis::models {
namespace {

namespace lite = ov::frontend::tensorflow_lite;

// The operations of image networks. What is not among them is refused by the name of what it computes.
constexpr const char* kTypes[] = {"ADD",
                                  "AVERAGE_POOL_2D",
                                  "CONCATENATION",
                                  "CONV_2D",
                                  "DEPTHWISE_CONV_2D",
                                  "DEQUANTIZE",
                                  "DIV",
                                  "EXPAND_DIMS",
                                  "ELU",
                                  "FULLY_CONNECTED",
                                  "HARD_SWISH",
                                  "LEAKY_RELU",
                                  "LOGISTIC",
                                  "MAXIMUM",
                                  "MAX_POOL_2D",
                                  "MEAN",
                                  "MINIMUM",
                                  "MUL",
                                  "PAD",
                                  "PADV2",
                                  "PRELU",
                                  "QUANTIZE",
                                  "RELU",
                                  "RELU6",
                                  "RESHAPE",
                                  "RESIZE_BILINEAR",
                                  "SLICE",
                                  "SOFTMAX",
                                  "SPLIT",
                                  "SQUEEZE",
                                  "STRIDED_SLICE",
                                  "SUB",
                                  "SUM",
                                  "TANH",
                                  "TRANSPOSE",
                                  "TRANSPOSE_CONV"};

constexpr const char* kAttributes[] = {"strides", "dilations", "ksize",    "padding",
                                       "beta",    "axis",      "keep_dims"};

TfliteTensor TensorOf(const lite::TensorMetaInfo& info, const std::string& name) {
  if (info.m_partial_shape.is_dynamic()) throw std::runtime_error("it leaves shapes open");
  TfliteTensor tensor;
  tensor.name = name;
  tensor.type = info.m_element_type;
  tensor.shape = info.m_partial_shape.to_shape();
  if (info.m_quantization_info) {
    tensor.scales = info.m_quantization_info->get_scale();
    tensor.zero_points = info.m_quantization_info->get_zero_point();
    tensor.axis = info.m_quantization_info->get_axis();
  }
  if (info.m_tensor_data != nullptr) {
    const auto* bytes = reinterpret_cast<const std::byte*>(info.m_tensor_data);
    const std::size_t size = ov::shape_size(tensor.shape) * tensor.type.size();
    // A reader that does not say how much there is has checked it.
    if (info.m_tensor_data_size != 0 && info.m_tensor_data_size < size)
      throw std::runtime_error("it is damaged");
    tensor.data.assign(bytes, bytes + size);
  }
  return tensor;
}

// Some types call their activation by a longer name.
void ReadAttributes(const lite::DecoderBaseOperation& decoder, ov::AnyMap& attributes) {
  for (const char* name : kAttributes) {
    if (ov::Any value = decoder.get_attribute(name); !value.empty()) attributes[name] = std::move(value);
  }
  for (const char* name : {"activation", "fused_activation_function"}) {
    if (const ov::Any value = decoder.get_attribute(name); !value.empty()) {
      attributes["activation"] = value.as<std::string>();
    }
  }
}

TfliteOperation OperationOf(const lite::DecoderBaseOperation& decoder) {
  TfliteOperation operation;
  operation.type = decoder.get_op_type();
  for (std::size_t i = 0; i < decoder.get_input_size(); ++i) {
    operation.inputs.push_back(TensorOf(decoder.get_input_tensor_info(i), decoder.get_input_tensor_name(i)));
  }
  for (std::size_t i = 0; i < decoder.get_output_size(); ++i) {
    operation.outputs.push_back(
        TensorOf(decoder.get_output_tensor_info(i), decoder.get_output_tensor_name(i)));
  }
  ReadAttributes(decoder, operation.attributes);
  return operation;
}

// The reader hands over each operation to be converted. It is noted down; what goes back only has the shape.
ov::OutputVector Note(const ov::frontend::NodeContext& context, std::vector<TfliteOperation>& operations) {
  const auto* node = dynamic_cast<const lite::NodeContext*>(&context);
  const auto decoder =
      node == nullptr ? nullptr : std::dynamic_pointer_cast<lite::DecoderBaseOperation>(node->get_decoder());
  if (decoder == nullptr) throw std::runtime_error("this OpenVINO does not tell what is in it");
  operations.push_back(OperationOf(*decoder));
  ov::OutputVector placeholders;
  for (const TfliteTensor& output : operations.back().outputs) {
    placeholders.emplace_back(ov::op::v0::Constant::create(output.type, output.shape, {0}));
  }
  return placeholders;
}

std::vector<std::string> NamesOf(const std::vector<ov::frontend::Place::Ptr>& places) {
  std::vector<std::string> names;
  for (const ov::frontend::Place::Ptr& place : places) names.push_back(place->get_names().at(0));
  return names;
}

}  // namespace

Result<TfliteFile> ReadTflite(const std::filesystem::path& file) try {
  const ov::frontend::FrontEnd::Ptr reader = ov::frontend::FrontEndManager().load_by_framework("tflite");
  if (reader == nullptr) throw std::runtime_error("this OpenVINO has no reader for it");
  TfliteFile content;
  const auto note = [&](const ov::frontend::NodeContext& context) {
    return Note(context, content.operations);
  };
  for (const char* type : kTypes)
    reader->add_extension(std::make_shared<lite::ConversionExtension>(type, note));
  const ov::frontend::InputModel::Ptr input = reader->load(file.string());
  if (input == nullptr) throw std::runtime_error("it is damaged");
  content.inputs = NamesOf(input->get_inputs());
  content.outputs = NamesOf(input->get_outputs());
  static_cast<void>(reader->convert(input));
  return content;
} catch (const std::exception& problem) {
  return Error{ErrorCode::kBadModel, ReasonOf(problem)};
}

}  // namespace coulis::models
