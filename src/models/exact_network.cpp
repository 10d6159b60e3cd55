#include "models/exact_network.h"

#include <algorithm>
#include <exception>
#include <map>
#include <openvino/op/convert.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/result.hpp>
#include <set>
#include <string>
#include <utility>

#include "models/exact_operations.h"
#include "models/network.h"

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
    // The engine sorts operations by the last output first: so layers are listed in the order of computation.
    std::reverse(results_.begin(), results_.end());
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
      if (known == tensors_.end())
        return Error{ErrorCode::kBadModel, "the operation before " + operation.type};
      inputs.push_back(known->second);
    }
    const Result<ExactTensor> computed = ComputeExactly(operation, inputs);
    if (!computed) return computed.error();
    tensors_.insert_or_assign(operation.outputs[0].name, *computed);
    if (const auto name = LayerNames().find(operation.type); name != LayerNames().end()) {
      AddLayer(*computed, name->second + "_" + std::to_string(++places_[name->second]));
    }
    return {};
  }

  Result<void> AddInput(const TfliteTensor& input) {
    const std::optional<Quantisation> quantised = QuantisationOf(input);
    if (!quantised && input.type != ov::element::f32)
      return Error{ErrorCode::kBadModel, "an input of another type"};
    if (input.shape.empty() || input.shape[0] != 1) return Error{ErrorCode::kBadModel, "a batch of several"};
    input_ = std::make_shared<ov::op::v0::Parameter>(input.type, input.shape);
    input_->set_friendly_name(input.name);
    input_->output(0).set_names({input.name});
    Value value = input_;
    if (quantised) {
      value = std::make_shared<ov::op::v0::Convert>(input_, ov::element::f32);
      value = Plus(value, Number(static_cast<float>(-quantised->zero_point)));
    }
    tensors_.insert_or_assign(input.name, ExactTensor{value, quantised, false});
    return {};
  }

  // The layer in real units, which nothing but the engine's choice of an output reads.
  void AddLayer(const ExactTensor& tensor, const std::string& name) {
    const Value real = Real(tensor);
    real.get_node()->set_friendly_name(name);
    results_.push_back(std::make_shared<ov::op::v0::Result>(real));
  }

  // The network's own output, as LiteRT gives it.
  static std::shared_ptr<ov::op::v0::Result> Stored(const ExactTensor& tensor, const std::string& name) {
    Value stored = AsInFile(tensor);
    if (tensor.quantised) {
      stored = std::make_shared<ov::op::v0::Convert>(
          Plus(stored, Number(static_cast<float>(tensor.of().zero_point))),
          tensor.of().lowest < 0 ? ov::element::i8 : ov::element::u8);
    }
    stored.get_node()->set_friendly_name(name);
    stored.get_tensor().set_names({name});
    const auto result = std::make_shared<ov::op::v0::Result>(stored);
    result->set_friendly_name(name + "/result");
    return result;
  }

  // The engine counts the names of nodes through the life of the process; files should not depend on that.
  void NameInner(const ov::Model& network) const {
    std::set<const ov::Node*> named = {input_.get(), results_.front().get()};
    for (const auto& result : results_) named.insert(result->get_input_node_ptr(0));
    int place = 0;
    for (const std::shared_ptr<ov::Node>& node : network.get_ordered_ops()) {
      if (!named.contains(node.get())) {
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
  return Error{ErrorCode::kBadModel, ReasonOf(problem)};
}

}  // namespace coulis::models
