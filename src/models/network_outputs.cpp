// What a network gives, and what its layers cost.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <openvino/op/avg_pool.hpp>
#include <openvino/op/batch_norm.hpp>
#include <openvino/op/convolution.hpp>
#include <openvino/op/group_conv.hpp>
#include <openvino/op/matmul.hpp>
#include <openvino/op/max_pool.hpp>
#include <openvino/op/result.hpp>
#include <openvino/op/transpose.hpp>
#include <openvino/op/util/op_types.hpp>
#include <unordered_set>

#include "models/network.h"

namespace coulis::models {
namespace {

using Nodes = std::unordered_set<const ov::Node*>;

// The operations whose value depends on the image.
Nodes ComputedFromInput(const ov::Model& network) {
  Nodes computed;
  for (const std::shared_ptr<ov::Node>& node : network.get_ordered_ops()) {
    const auto inputs = node->input_values();
    if (ov::op::util::is_parameter(node) ||
        std::any_of(inputs.begin(), inputs.end(),
                    [&](const ov::Output<ov::Node>& value) { return computed.contains(value.get_node()); })) {
      computed.insert(node.get());
    }
  }
  return computed;
}

bool IsNumber(const ov::element::Type& type) {
  return type.is_real() || type == ov::element::u8 || type == ov::element::i8;
}

bool FixesChannelsFirst(const ov::Node* node) {
  return ov::is_type<ov::op::v1::Convolution>(node) || ov::is_type<ov::op::v1::GroupConvolution>(node) ||
         ov::is_type<ov::op::v1::ConvolutionBackpropData>(node) ||
         ov::is_type<ov::op::util::MaxPoolBase>(node) || ov::is_type<ov::op::util::AvgPoolBase>(node) ||
         ov::is_type<ov::op::v5::BatchNormInference>(node);
}

// The same rule as the engine's (infer/ir_model.h, SingleOutput): back to the first operation that fixes the
// layout.
bool ChannelsLast(const ov::Node* node, bool input_last) {
  bool flipped = false;
  while (!ov::op::util::is_parameter(node)) {
    if (FixesChannelsFirst(node)) return flipped;
    if (ov::is_type<ov::op::v1::Transpose>(node) && node->get_output_partial_shape(0).size() == 4)
      flipped = !flipped;
    const ov::Node* next = nullptr;
    for (std::size_t i = 0; i < node->get_input_size() && next == nullptr; ++i) {
      const ov::Node* source = node->get_input_node_ptr(i);
      if (!ov::op::util::is_constant(source)) next = source;
    }
    if (next == nullptr) return flipped;
    node = next;
  }
  return input_last != flipped;
}

std::int64_t Product(const ov::Shape& shape, std::ptrdiff_t from = 0) {
  return std::accumulate(
      shape.begin() + from, shape.end(), std::int64_t{1},
      [](std::int64_t product, std::size_t extent) { return product * static_cast<std::int64_t>(extent); });
}

// Each value of a convolution's output takes all of a filter; of a product, a whole row.
std::int64_t MultiplyAddsOf(const ov::Node& node) {
  if (node.get_input_size() < 2 || node.get_output_partial_shape(0).is_dynamic() ||
      node.get_input_partial_shape(0).is_dynamic() || node.get_input_partial_shape(1).is_dynamic()) {
    return 0;
  }
  const std::int64_t values = Product(node.get_output_shape(0));
  if (ov::is_type<ov::op::v1::Convolution>(&node)) return values * Product(node.get_input_shape(1), 1);
  if (ov::is_type<ov::op::v1::GroupConvolution>(&node)) return values * Product(node.get_input_shape(1), 2);
  if (const auto* product = ov::as_type<const ov::op::v0::MatMul>(&node)) {
    const ov::Shape& row = node.get_input_shape(0);
    const bool transposed = product->get_transpose_a() && row.size() > 1;
    return row.empty() ? 0 : values * static_cast<std::int64_t>(transposed ? row.rbegin()[1] : row.back());
  }
  return 0;
}

std::string NearestNames(const std::vector<ov::Output<ov::Node>>& outputs) {
  constexpr std::size_t kShown = 5;
  if (outputs.empty()) return "none that gives features";
  std::string names;
  // From the end: that is where features are usually taken.
  const auto shown = static_cast<std::ptrdiff_t>(std::min(kShown, outputs.size()));
  for (auto output = outputs.rbegin(); output != outputs.rbegin() + shown; ++output) {
    names += (names.empty() ? "" : ", ") + NameOf(*output);
  }
  return names + (outputs.size() > kShown ? ", …" : "");
}

}  // namespace

bool IsInner(const ov::Node& node) {
  return node.get_friendly_name().starts_with('~');
}

bool HasMadeUpName(const ov::Node& node) {
  const std::string& name = node.get_friendly_name();
  const std::size_t mark = name.rfind('_');
  const std::string number = mark == std::string::npos ? name : name.substr(mark + 1);
  const bool counted = !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
  return counted && (mark == std::string::npos || name.find('/') == std::string::npos);
}

std::string NameOf(const ov::Output<ov::Node>& output) {
  const std::unordered_set<std::string>& tensors = output.get_names();
  if (!HasMadeUpName(*output.get_node()) || tensors.empty()) return output.get_node()->get_friendly_name();
  return *std::min_element(tensors.begin(), tensors.end());
}

std::vector<ov::Output<ov::Node>> FeatureOutputs(const ov::Model& network) {
  const Nodes computed = ComputedFromInput(network);
  std::vector<ov::Output<ov::Node>> outputs;
  for (const std::shared_ptr<ov::Node>& node : network.get_ordered_ops()) {
    if (!computed.contains(node.get()) || ov::op::util::is_parameter(node) || ov::op::util::is_output(node) ||
        IsInner(*node)) {
      continue;
    }
    if (FeatureLength(node->output(0), false) > 0) outputs.push_back(node->output(0));
  }
  return outputs;
}

int FeatureLength(const ov::Output<ov::Node>& output, bool channels_last) {
  if (output.get_partial_shape().is_dynamic() || !IsNumber(output.get_element_type())) return 0;
  const ov::Shape& shape = output.get_shape();
  if ((shape.size() != 2 && shape.size() != 4) || shape[0] != 1) return 0;
  const bool last = shape.size() == 4 && ChannelsLast(output.get_node(), channels_last);
  return static_cast<int>(shape[last ? 3 : 1]);
}

Result<std::shared_ptr<ov::Model>> WithFirstOutput(const std::shared_ptr<ov::Model>& network,
                                                   const std::string& name) {
  const std::vector<ov::Output<ov::Node>> candidates = FeatureOutputs(*network);
  const auto found =
      std::find_if(candidates.begin(), candidates.end(), [&](const ov::Output<ov::Node>& output) {
        return NameOf(output) == name || output.get_names().contains(name);
      });
  if (found == candidates.end()) {
    return Error{ErrorCode::kNotFound, "the model has no layer \"" + name +
                                           "\" that gives features; it has " + NearestNames(candidates)};
  }
  ov::ResultVector results{std::make_shared<ov::op::v0::Result>(*found)};
  for (const auto& result : network->get_results()) results.push_back(result);
  return std::make_shared<ov::Model>(results, network->get_parameters(), network->get_friendly_name());
}

std::int64_t MultiplyAdds(const ov::Model& network) {
  std::vector<const ov::Node*> open{network.get_results().front().get()};
  Nodes needed;
  std::int64_t sum = 0;
  while (!open.empty()) {
    const ov::Node* node = open.back();
    open.pop_back();
    if (!needed.insert(node).second) continue;
    sum += MultiplyAddsOf(*node);
    for (std::size_t i = 0; i < node->get_input_size(); ++i) open.push_back(node->get_input_node_ptr(i));
  }
  return sum;
}

}  // namespace coulis::models
