// What a network takes: one RGB image, in one of two layouts.
#include <exception>
#include <openvino/core/layout.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/parameter.hpp>

#include "models/network.h"

namespace coulis::models {
namespace {

constexpr std::int64_t kChannels = 3;
constexpr int kLargestSide = 8192;

Error NotAnImage(const ov::PartialShape& shape) {
  return {ErrorCode::kBadModel,
          "the model's input is " + ToText(shape) +
              ", not an RGB image ([batch, 3, height, width] or [batch, height, width, 3])"};
}

// What the shape says, else what the file says of its layout, else what is usual in the format.
Result<bool> ChannelsLast(const ov::op::v0::Parameter& input, const ov::PartialShape& shape, bool usual) {
  if (const ov::Layout layout = input.get_layout(); ov::layout::has_channels(layout)) {
    const std::int64_t channels = ov::layout::channels_idx(layout);
    usual = channels == 3 || channels == -1;
  }
  const bool first = shape[1].is_static() && shape[1].get_length() == kChannels;
  const bool last = shape[3].is_static() && shape[3].get_length() == kChannels;
  if (first != last) return last;
  if (first || shape[usual ? 3 : 1].is_dynamic()) return usual;
  return NotAnImage(shape);
}

Result<ImageSize> SizeOf(const ov::PartialShape& shape, bool channels_last,
                         const std::optional<ImageSize>& wanted) {
  if (wanted) {
    const auto in_range = [](int side) { return side >= 1 && side <= kLargestSide; };
    if (in_range(wanted->width) && in_range(wanted->height)) return *wanted;
    return Error{ErrorCode::kInvalidArgument,
                 "a side of --size is not from 1 to " + std::to_string(kLargestSide)};
  }
  const ov::Dimension& height = shape[channels_last ? 1 : 2];
  const ov::Dimension& width = shape[channels_last ? 2 : 3];
  if (height.is_dynamic() || width.is_dynamic()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the model leaves height and width open (" + ToText(shape) + "): say --size HEIGHTxWIDTH"};
  }
  if (height.get_length() < 1 || height.get_length() > kLargestSide || width.get_length() < 1 ||
      width.get_length() > kLargestSide) {
    return NotAnImage(shape);
  }
  return ImageSize{static_cast<int>(width.get_length()), static_cast<int>(height.get_length())};
}

Result<void> Reshape(ov::Model& network, const ov::PartialShape& shape) try {
  network.reshape(shape);
  return {};
} catch (const std::exception&) {
  return Error{ErrorCode::kInvalidArgument, "the model cannot take one image of " + ToText(shape) +
                                                ": its operations fit other sizes only"};
}

// A network of half precision takes f32 all the same: its first operation becomes the conversion.
ov::element::Type WidenHalf(ov::Model& network) {
  const ov::element::Type type = network.get_parameters()[0]->get_element_type();
  if (type != ov::element::f16 && type != ov::element::bf16) return type;
  const std::shared_ptr<ov::op::v0::Parameter> input = network.get_parameters()[0];
  const auto readers = input->output(0).get_target_inputs();
  const auto narrow = std::make_shared<ov::op::v0::Convert>(input, type);
  for (ov::Input<ov::Node> reader : readers) reader.replace_source_output(narrow);
  input->set_element_type(ov::element::f32);
  network.validate_nodes_and_infer_types();
  return ov::element::f32;
}

}  // namespace

std::string ToText(const ov::PartialShape& shape) {
  if (shape.rank().is_dynamic()) return "[?]";
  std::string text = "[";
  for (const ov::Dimension& extent : shape) {
    if (text.size() > 1) text += ", ";
    text += extent.is_static() ? std::to_string(extent.get_length()) : "?";
  }
  return text + "]";
}

Result<InputForm> FixInput(ov::Model& network, const NetworkFormat& format,
                           const std::optional<ImageSize>& size) {
  const ov::ParameterVector& inputs = network.get_parameters();
  if (inputs.size() != 1) {
    std::string names;
    for (const auto& input : inputs) names += (names.empty() ? ": " : ", ") + input->get_friendly_name();
    return Error{ErrorCode::kBadModel, "the model has " + std::to_string(inputs.size()) + " inputs" + names +
                                           "; only models of one input can be imported"};
  }
  const ov::element::Type type = WidenHalf(network);
  if (type != ov::element::f32 && type != ov::element::u8) {
    return Error{ErrorCode::kBadModel, "the model's input is of type " + type.to_string() +
                                           "; only f32, f16, bf16 and u8 are supported"};
  }
  ov::PartialShape shape = inputs[0]->get_partial_shape();
  if (shape.rank().is_dynamic()) shape = ov::PartialShape::dynamic(4);
  if (shape.size() != 4) return NotAnImage(shape);
  const Result<bool> channels_last = ChannelsLast(*inputs[0], shape, format.channels_last);
  if (!channels_last) return channels_last.error();
  const Result<ImageSize> image = SizeOf(shape, *channels_last, size);
  if (!image) return image.error();
  const ov::PartialShape fixed = *channels_last ? ov::PartialShape{1, image->height, image->width, kChannels}
                                                : ov::PartialShape{1, kChannels, image->height, image->width};
  if (Result<void> reshaped = Reshape(network, fixed); !reshaped) return reshaped.error();
  return InputForm{.takes_u8 = type == ov::element::u8, .channels_last = *channels_last, .size = *image};
}

}  // namespace coulis::models
