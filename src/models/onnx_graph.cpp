#include "models/onnx_graph.h"

// protobuf's headers do not hold to this project's warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>
#pragma GCC diagnostic pop

#include <initializer_list>
#include <utility>

namespace coulis::models {
namespace {

constexpr int kIrVersion = 7;
constexpr int kOperatorSet = 13;
constexpr const char* kZero = "constant.0";
constexpr const char* kSix = "constant.6";

void SetIntegers(onnx::NodeProto* node, const char* name, std::initializer_list<int> values) {
  onnx::AttributeProto* attribute = node->add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (const int value : values) attribute->add_ints(value);
}

void SetInteger(onnx::NodeProto* node, const char* name, int value) {
  onnx::AttributeProto* attribute = node->add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

void Describe(onnx::ValueInfoProto* value, const std::string& name, const std::vector<std::int64_t>& shape) {
  value->set_name(name);
  onnx::TypeProto::Tensor* tensor = value->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : shape) tensor->mutable_shape()->add_dim()->set_dim_value(extent);
}

}  // namespace

class OnnxGraph::Impl {
 public:
  explicit Impl(const std::string& name) {
    model_.set_ir_version(kIrVersion);
    model_.set_producer_name("coulis");
    model_.add_opset_import()->set_version(kOperatorSet);
    graph().set_name(name);
    AddWeight(kZero, {{}, {0.0F}});
    AddWeight(kSix, {{}, {6.0F}});
  }

  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  onnx::NodeProto* AddNode(const char* type, const std::string& name,
                           std::initializer_list<std::string> inputs, const std::string& output) {
    onnx::NodeProto* node = graph().add_node();
    node->set_op_type(type);
    node->set_name(name);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output);
    return node;
  }

  // Raw bytes, little-endian as ONNX asks (torch_pickle.cpp sees to it that this machine is).
  void AddWeight(const std::string& name, const FloatTensor& weight) {
    onnx::TensorProto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t extent : weight.shape) tensor->add_dims(extent);
    tensor->set_raw_data(weight.values.data(), weight.values.size() * sizeof(float));
  }

  [[nodiscard]] Result<std::string> Serialize() const {
    std::string bytes;
    bool written = false;
    {
      google::protobuf::io::StringOutputStream stream(&bytes);
      google::protobuf::io::CodedOutputStream coded(&stream);
      coded.SetSerializationDeterministic(true);
      written = model_.SerializeToCodedStream(&coded);
    }
    if (!written) return Error{ErrorCode::kInternal, "the ONNX model could not be written"};
    return bytes;
  }

 private:
  onnx::ModelProto model_;
};

OnnxGraph::OnnxGraph(const std::string& name) : impl_(std::make_unique<Impl>(name)) {}
OnnxGraph::~OnnxGraph() = default;
OnnxGraph::OnnxGraph(OnnxGraph&&) noexcept = default;
OnnxGraph& OnnxGraph::operator=(OnnxGraph&&) noexcept = default;

std::string OnnxGraph::Input(const std::string& name, const std::vector<std::int64_t>& shape) {
  Describe(impl_->graph().add_input(), name, shape);
  return name;
}

std::string OnnxGraph::Conv(const std::string& name, const std::string& input, const FloatTensor& weight,
                            const ConvGeometry& geometry) {
  impl_->AddWeight(name + ".weight", weight);
  onnx::NodeProto* node = impl_->AddNode("Conv", name, {input, name + ".weight"}, name);
  const auto [top, left, bottom, right] = geometry.padding;
  SetIntegers(node, "dilations", {1, 1});
  SetInteger(node, "group", geometry.groups);
  SetIntegers(node, "kernel_shape", {geometry.kernel, geometry.kernel});
  SetIntegers(node, "pads", {top, left, bottom, right});
  SetIntegers(node, "strides", {geometry.stride, geometry.stride});
  return name;
}

std::string OnnxGraph::BatchNorm(const std::string& name, const std::string& input,
                                 const BatchNormWeights& weights, float epsilon, const std::string& output) {
  impl_->AddWeight(name + ".weight", weights.scale);
  impl_->AddWeight(name + ".bias", weights.bias);
  impl_->AddWeight(name + ".running_mean", weights.mean);
  impl_->AddWeight(name + ".running_var", weights.variance);
  onnx::NodeProto* node = impl_->AddNode(
      "BatchNormalization", name,
      {input, name + ".weight", name + ".bias", name + ".running_mean", name + ".running_var"}, output);
  onnx::AttributeProto* attribute = node->add_attribute();
  attribute->set_name("epsilon");
  attribute->set_type(onnx::AttributeProto::FLOAT);
  attribute->set_f(epsilon);
  return output;
}

std::string OnnxGraph::Relu6(const std::string& name, const std::string& input, const std::string& output) {
  impl_->AddNode("Clip", name, {input, kZero, kSix}, output);
  return output;
}

std::string OnnxGraph::Add(const std::string& name, const std::string& a, const std::string& b) {
  impl_->AddNode("Add", name, {a, b}, name);
  return name;
}

std::string OnnxGraph::GlobalAveragePool(const std::string& name, const std::string& input) {
  impl_->AddNode("GlobalAveragePool", name, {input}, name);
  return name;
}

std::string OnnxGraph::Flatten(const std::string& name, const std::string& input, const std::string& output) {
  SetInteger(impl_->AddNode("Flatten", name, {input}, output), "axis", 1);
  return output;
}

std::string OnnxGraph::Dense(const std::string& name, const std::string& input, const FloatTensor& weight,
                             const FloatTensor& bias) {
  impl_->AddWeight(name + ".weight", weight);
  impl_->AddWeight(name + ".bias", bias);
  SetInteger(impl_->AddNode("Gemm", name, {input, name + ".weight", name + ".bias"}, name), "transB", 1);
  return name;
}

std::string OnnxGraph::Softmax(const std::string& name, const std::string& input) {
  SetInteger(impl_->AddNode("Softmax", name, {input}, name), "axis", 1);
  return name;
}

void OnnxGraph::Output(const std::string& name, const std::vector<std::int64_t>& shape) {
  Describe(impl_->graph().add_output(), name, shape);
}

Result<std::string> OnnxGraph::Serialize() const {
  return impl_->Serialize();
}

}  // namespace coulis::models
