#include "models/exact_network.h"

#include <algorithm>
#include <exception>
#include <map>
#include <openvino/op/convert.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/result.hpp>
#include <string>
#include <utility>

#include "models/exact_operations.h"

namespace coulis::models {
namespace {

// What layers are called after; the others (changes of shape and type) are not layers.
const std::map<std::string, std::string>& LayerNames() {
  static const std::map<std::string, std::string> names = {{"ADD", "Add"},
                                                           {"AVERAGE_POOL_2D", "AvgPool"},
                                                           {"CONCATENATION", "Concat"},
                                                           {"CONV_2D", "Convolution"},
                                                           {"DEPTHWISE_CONV_2D", "GroupConvolution"},
                                                           {"FULLY_CONNECTED", "MatMul"},
                                                           {"MAX_POOL_2D", "MaxPool"},
                                                           {"MEAN", "ReduceMean"},
                                                           {"SOFTMAX", "Softmax"}};
  return names;
}

class Builder {
 public:
  explicit Builder(const TfliteFile& file) : file_(file) {}

  Result<std::shared_ptr<ov::Model>> Build() {
    if (file_.inputs.size() != 1) return Error{ErrorCode::kBadModel, "several inputs"};
    for (const TfliteOperation& operation : file_.operations) {
      if (Result<void> added = Add(operation); !added) return added.error();
    }
    const auto output = file_.outputs.empty() ? tensors_.end() : tensors_.find(file_.outputs[0]);
    if (output == tensors_.end()) return Error{ErrorCode::kBadModel, "an output of another type"};
    results_.insert(results_.begin(), Stored(output->second, file_.outputs[0]));
    auto network = std::make_shared<ov::Model>(results_, ov::ParameterVector{input_}, "exact");
    NameInner(*network);
    return network;
  }

 private:
  Result<void> Add(const TfliteOperation& operation) {
    std::vector<ExactTensor> inputs;
    for (const TfliteTensor& input : operation.inputs) {
      if (!input.data.empty()) continue;
      if (input.name == file_.inputs[0] && input_ == nullptr) {
        if (Result<void> made = AddInput(input); !made) return made;
      }
      const auto known = tensors_.find(input.name);
      if (known == tensors_.end()) return Error{ErrorCode::kBadModel, "the operation before " + operation.type};
      inputs.push_back(known->second);
    }
    const Result<ExactTensor> computed = ComputeExactly(operation, inputs);
    if (!computed) return computed.error();
    tensors_.insert_or_assign(operation.outputs[0].name, *computed);
    if (const auto name = LayerNames().find(operation.type); name != LayerNames().end()) {
      AddLayer(*computed, name->second + "_" + std::to_string(++places_[name->second]), operation.outputs[0].name);
    }
    return {};
  }

  Result<void> AddInput(const TfliteTensor& input) {
    const std::optional<Quantisation> quantisation = QuantisationOf(input);
    if (!quantisation) return Error{ErrorCode::kBadModel, "an input of another type than 8 bits"};
    input_ = std::make_shared<ov::op::v0::Parameter>(input.type, input.shape);
    input_->set_friendly_name(input.name);
    input_->output(0).set_names({input.name});
    const Value real = std::make_shared<ov::op::v0::Convert>(input_, ov::element::f32);
    tensors_.insert_or_assign(
        input.name,
        ExactTensor{Plus(real, Number(static_cast<float>(-quantisation->zero_point))), *quantisation, false});
    return {};
  }

  // The layer in real units, which nothing but the engine's choice of an output reads.
  void AddLayer(const ExactTensor& tensor, const std::string& name, const std::string& tensor_name) {
    const Value real = Times(tensor.centred, Number(tensor.quantisation.scale));
    real.get_node()->set_friendly_name(name);
    if (tensor_name != file_.outputs[0]) real.get_tensor().set_names({tensor_name});
    results_.push_back(std::make_shared<ov::op::v0::Result>(real));
  }

  static std::shared_ptr<ov::op::v0::Result> Stored(const ExactTensor& tensor, const std::string& name) {
    const Quantisation& quantisation = tensor.quantisation;
    const Value stored = Plus(AsInFile(tensor), Number(static_cast<float>(quantisation.zero_point)));
    const auto typed = std::make_shared<ov::op::v0::Convert>(
        stored, quantisation.lowest < 0 ? ov::element::i8 : ov::element::u8);
    typed->set_friendly_name(name);
    typed->output(0).set_names({name});
    return std::make_shared<ov::op::v0::Result>(typed);
  }

  // The engine counts the names of nodes through the life of the process; files should not depend on that.
  void NameInner(const ov::Model& network) const {
    int place = 0;
    for (const std::shared_ptr<ov::Node>& node : network.get_ordered_ops()) {
      const bool layer = std::any_of(results_.begin(), results_.end(), [&](const auto& result) {
        return result->input_value(0).get_node() == node.get();
      });
      if (!layer && node != input_) {
        node->set_friendly_name("~" + std::string(node->get_type_name()) + "_" + std::to_string(++place));
      }
    }
  }

  const TfliteFile& file_;
  std::shared_ptr<ov::op::v0::Parameter> input_;
  std::map<std::string, ExactTensor> tensors_;
  std::map<std::string, int> places_;
  ov::ResultVector results_;
};

}  // namespace

bool IsQuantised(const TfliteFile& file) {
  return std::any_of(file.operations.begin(), file.operations.end(), [](const TfliteOperation& operation) {
    return std::any_of(operation.outputs.begin(), operation.outputs.end(),
                       [](const TfliteTensor& output) { return QuantisationOf(output).has_value(); });
  });
}

Result<std::shared_ptr<ov::Model>> ExactNetwork(const TfliteFile& file) try {
  return Builder(file).Build();
} catch (const std::exception& problem) {
  return Error{ErrorCode::kBadModel, problem.what()};
}

}  // namespace coulis::models
