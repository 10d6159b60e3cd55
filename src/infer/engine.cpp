#include "coulis/engine.h"

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "infer/network.h"
#include "infer/openvino_c.h"

namespace coulis {

namespace {

using infer::Calls;
using infer::Extents;
using infer::Out;

/// How the features lie in the network's output: `length` channels of `area` values each.
struct FeatureLayout {
  Extents shape;
  std::size_t length = 0;
  std::size_t area = 1;
  bool channels_last = false;
};

Result<FeatureLayout> FeatureLayoutOf(const Extents& shape, bool channels_last) {
  if ((shape.size() != 2 && shape.size() != 4) || shape[0] != 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "the output has the shape " + infer::ToString(shape) +
                     "; features are [1, channels] or have height and width besides"};
  }
  FeatureLayout features{.shape = shape, .length = 0, .area = 1, .channels_last = channels_last};
  const std::size_t channels = shape.size() == 4 && channels_last ? 3 : 1;
  features.length = static_cast<std::size_t>(shape[channels]);
  if (shape.size() == 4) {
    const std::size_t first = channels_last ? 1 : 2;
    features.area = static_cast<std::size_t>(shape[first] * shape[first + 1]);
  }
  return features;
}

// The mean of every channel over height and width.
void AverageOverArea(std::span<const float> values, const FeatureLayout& layout, std::span<float> means) {
  const std::size_t channel_step = layout.channels_last ? 1 : layout.area;
  const std::size_t place_step = layout.channels_last ? layout.length : 1;
  for (std::size_t channel = 0; channel < layout.length; ++channel) {
    double sum = 0;
    for (std::size_t place = 0; place < layout.area; ++place) {
      sum += static_cast<double>(values[channel * channel_step + place * place_step]);
    }
    means[channel] = static_cast<float>(sum / static_cast<double>(layout.area));
  }
}

Error InModel(Error error, const std::string& name) {
  if (error.code == ErrorCode::kBadModel) error.message += "; install the model again";
  return WithContext(std::move(error), "model " + name);
}

}  // namespace

class Engine::Impl {
 public:
  infer::CompiledNetwork network;
  FeatureLayout features;
  ImageFit fit{ImageSize{}};
  /// Held while a request is made: OpenVINO then fills in shapes in the model that all requests share, behind
  /// a flag that it reads without an order.
  std::mutex making;
};

class InferRequest::Impl {
 public:
  infer::InferRequestPtr request;
  infer::TensorPtr input;
  infer::TensorPtr output;
  std::span<std::uint8_t> pixels;
  std::span<const float> values;
  FeatureLayout features;
  std::vector<float> means;
};

InferRequest::InferRequest(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
InferRequest::~InferRequest() = default;
InferRequest::InferRequest(InferRequest&&) noexcept = default;
InferRequest& InferRequest::operator=(InferRequest&&) noexcept = default;

std::span<std::uint8_t> InferRequest::input() {
  return impl_->pixels;
}

Result<std::span<const float>> InferRequest::Run() {
  Calls calls;
  calls.Note(ov_infer_request_infer(impl_->request.get()), "infer");
  if (Result<void> ran = calls.Outcome(ErrorCode::kInternal, "the network failed to run"); !ran)
    return ran.error();
  if (impl_->features.area == 1) return impl_->values;
  AverageOverArea(impl_->values, impl_->features, impl_->means);
  return std::span<const float>(impl_->means);
}

Engine::Engine(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Result<Engine> Engine::Load(const Model& model, const EngineOptions& options) {
  if (options.threads < 1) return Error{ErrorCode::kInvalidArgument, "the engine needs at least 1 thread"};
  Result<infer::CompiledNetwork> network = infer::CompileNetwork(model, options);
  if (!network) return InModel(network.error(), model.description.name);

  infer::ConstPortPtr port;
  Calls calls;
  calls.Note(ov_compiled_model_output(network->compiled.get(), Out(port)), "output");
  const std::optional<Extents> shape = infer::StaticShape(port.get());
  if (calls.failure() || !shape) {
    return Error{ErrorCode::kBadModel, "model " + model.description.name + ": its output has no fixed shape"};
  }
  Result<FeatureLayout> features = FeatureLayoutOf(*shape, network->channels_last);
  if (!features) {
    return WithContext(features.error(), options.layer.empty() ? "model " + model.description.name
                                                               : "layer \"" + options.layer + "\"");
  }
  auto impl = std::make_shared<Impl>();
  impl->network = *std::move(network);
  impl->features = *std::move(features);
  impl->fit = model.description.fit();
  return Engine(std::move(impl));
}

int Engine::feature_length() const {
  return static_cast<int>(impl_->features.length);
}
ImageSize Engine::input_size() const {
  return impl_->fit.size;
}
ImageFit Engine::fit() const {
  return impl_->fit;
}

Result<InferRequest> Engine::NewRequest() const {
  auto request = std::make_unique<InferRequest::Impl>();
  request->features = impl_->features;
  request->means.resize(impl_->features.length);
  const auto [width, height] = input_size();
  Extents input{1, height, width, 3};
  Extents output = impl_->features.shape;
  void* pixels = nullptr;
  void* values = nullptr;

  const std::scoped_lock lock(impl_->making);
  Calls calls;
  calls.Note(ov_compiled_model_create_infer_request(impl_->network.compiled.get(), Out(request->request)),
             "request");
  calls.Note(ov_tensor_create(ov_element_type_e::U8, infer::AsShape(input), Out(request->input)), "input");
  calls.Note(ov_tensor_create(ov_element_type_e::F32, infer::AsShape(output), Out(request->output)),
             "output");
  calls.Note(ov_infer_request_set_input_tensor(request->request.get(), request->input.get()), "input");
  calls.Note(ov_infer_request_set_output_tensor(request->request.get(), request->output.get()), "output");
  calls.Note(ov_tensor_data(request->input.get(), &pixels), "input");
  calls.Note(ov_tensor_data(request->output.get(), &values), "output");
  if (Result<void> made = calls.Outcome(ErrorCode::kInternal, "cannot make a request"); !made)
    return made.error();

  const std::size_t area = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  request->pixels = {static_cast<std::uint8_t*>(pixels), area * 3};
  request->values = {static_cast<const float*>(values), impl_->features.length * impl_->features.area};
  return InferRequest(std::move(request));
}

std::string Engine::Version() {
  return "OpenVINO " + infer::OpenVinoVersion();
}

std::string Engine::Processor() {
  infer::CorePtr core;
  if (ov_core_create(Out(core)) != ov_status_e::OK) return "";
  return infer::ProcessorName(core.get());
}

bool Engine::HasInt8Instructions() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni") != 0 || __builtin_cpu_supports("avxvnni") != 0;
#elif defined(__aarch64__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
  return false;
#endif
}

}  // namespace coulis
