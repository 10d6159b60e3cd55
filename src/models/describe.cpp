#include <algorithm>
#include <openvino/core/model.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/result.hpp>
#include <utility>

#include "coulis/model.h"
#include "models/network.h"

namespace coulis {
namespace {

TensorInfo InfoOf(const ov::Output<ov::Node>& output, bool channels_last) {
  TensorInfo info;
  info.name = models::NameOf(output);
  for (const std::string& alias : output.get_names()) {
    if (alias != info.name) info.aliases.push_back(alias);
  }
  std::sort(info.aliases.begin(), info.aliases.end());
  info.operation = output.get_node()->get_type_name();
  info.type = output.get_element_type().to_string();
  if (output.get_partial_shape().is_static()) {
    for (const std::size_t extent : output.get_shape())
      info.shape.push_back(static_cast<std::int64_t>(extent));
  }
  info.features = models::FeatureLength(output, channels_last);
  return info;
}

}  // namespace

Result<ModelDetails> DescribeModel(const std::string& name_or_path) {
  Result<Model> model = OpenModel(name_or_path);
  if (!model) return model.error();
  const models::NetworkFormat format{
      .frontend = "ir", .name = "OpenVINO IR", .channels_last = model->description.layout == "NHWC"};
  const Result<std::shared_ptr<ov::Model>> network =
      models::ReadNetwork(model->folder / model->description.network, format);
  if (!network) return network.error();
  const Result<models::InputForm> input = models::FixInput(**network, format, model->description.input_size);
  if (!input) return input.error();

  ModelDetails details;
  if (Result<Model> int8 = OpenModel(name_or_path, Precision::kInt8)) details.int8 = *std::move(int8);
  details.model = *std::move(model);
  details.input = InfoOf((*network)->get_parameters().front()->output(0), format.channels_last);
  details.input.features = 0;
  for (const auto& result : (*network)->get_results()) {
    if (models::IsInner(*result)) continue;
    details.outputs.push_back(InfoOf(result->input_value(0), format.channels_last));
  }
  const bool exact = details.model.description.arithmetic == "exact";
  for (const ov::Output<ov::Node>& output : models::FeatureOutputs(**network)) {
    TensorInfo& layer = details.layers.emplace_back(InfoOf(output, format.channels_last));
    // What ends an exact layer is the factor that makes it real; its name says what it is.
    if (exact) layer.operation = layer.name.substr(0, layer.name.rfind('_'));
  }
  details.multiply_adds = models::MultiplyAdds(**network);
  return details;
}

}  // namespace coulis
