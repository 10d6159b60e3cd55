#include "models/mobilenet_v2.h"

#include <array>
#include <utility>

#include "models/onnx_graph.h"

namespace coulis::models {
namespace {

/// A row of the paper's table 2: `repeats` blocks of `channels` outputs, the first with `stride`.
struct Stage {
  int expansion;
  int channels;
  int repeats;
  int stride;
};

constexpr std::array<Stage, 7> kStages{{{1, 16, 1, 1},
                                        {6, 24, 2, 2},
                                        {6, 32, 3, 2},
                                        {6, 64, 4, 2},
                                        {6, 96, 3, 1},
                                        {6, 160, 3, 2},
                                        {6, 320, 1, 1}}};
constexpr int kFirstChannels = 32;
constexpr int kLastChannels = 1280;
constexpr int kSide = 224;

/// Adds layers to a graph and follows the tensor they make.
class Builder {
 public:
  Builder(const TorchTensors& weights, const MobileNetV2Variant& variant)
      : weights_(weights), variant_(variant), tensor_(graph_.Input("image", {1, 3, kSide, kSide})) {}

  Result<std::string> Build() {
    ConvNormClip("features.0.0", "features.0.1", "features.0.2",
                 {.channels = kFirstChannels, .kernel = 3, .stride = 2}, "features.0");
    int block = 1;
    for (const Stage& stage : kStages) {
      for (int i = 0; i < stage.repeats; ++i) AddBlock(block++, stage, i == 0 ? stage.stride : 1);
    }
    const std::string last = "features." + std::to_string(block);
    ConvNormClip(last + ".0", last + ".1", last + ".2", {.channels = kLastChannels}, last);
    tensor_ = graph_.GlobalAveragePool("pool", tensor_);
    graph_.Output(graph_.Flatten("flatten", tensor_, "features"), {1, kLastChannels});
    if (!problem_.empty()) return Error{ErrorCode::kBadModel, "not MobileNetV2's weights: " + problem_};
    return graph_.Serialize();
  }

 private:
  struct Convolution {
    int channels = 0;
    int kernel = 1;
    int stride = 1;
    bool depthwise = false;
  };

  // Expand 1 x 1, filter each channel 3 x 3, project 1 x 1 without activation; added to the input when the
  // shapes allow (the paper's figure 4).
  void AddBlock(int number, const Stage& stage, int stride) {
    const std::string name = "features." + std::to_string(number);
    const std::string input = tensor_;
    const int hidden = channels_ * stage.expansion;
    const bool residual = stride == 1 && channels_ == stage.channels;
    int layer = 0;
    const auto next = [&] { return name + ".conv." + std::to_string(layer++); };
    const auto conv_norm_clip = [&](const Convolution& convolution) {
      const std::string conv = next();
      const std::string norm = next();
      const std::string clip = next();
      ConvNormClip(conv, norm, clip, convolution, clip);
    };
    if (stage.expansion != 1) conv_norm_clip({.channels = hidden});
    conv_norm_clip({.channels = hidden, .kernel = 3, .stride = stride, .depthwise = true});
    const std::string conv = next();
    const std::string norm = next();
    ConvNorm(conv, norm, {.channels = stage.channels}, residual ? norm : name);
    if (residual) tensor_ = graph_.Add(name, input, tensor_);
  }

  void ConvNormClip(const std::string& conv, const std::string& norm, const std::string& clip,
                    const Convolution& convolution, const std::string& output) {
    ConvNorm(conv, norm, convolution, norm);
    tensor_ = graph_.Relu6(clip, tensor_, output);
  }

  void ConvNorm(const std::string& conv, const std::string& norm, const Convolution& convolution,
                const std::string& output) {
    const int groups = convolution.depthwise ? channels_ : 1;
    const int padding = (convolution.kernel - 1) / 2;
    const FloatTensor& weight = Weight(
        conv + ".weight", {convolution.channels, channels_ / groups, convolution.kernel, convolution.kernel});
    tensor_ = graph_.Conv(conv, tensor_, weight,
                          {.kernel = convolution.kernel,
                           .stride = convolution.stride,
                           .groups = groups,
                           .padding = {padding, padding, padding, padding}});
    channels_ = convolution.channels;
    tensor_ = graph_.BatchNorm(norm, tensor_,
                               {.scale = Weight(norm + ".weight", {channels_}),
                                .bias = Weight(norm + ".bias", {channels_}),
                                .mean = Weight(norm + ".running_mean", {channels_}),
                                .variance = Weight(norm + ".running_var", {channels_})},
                               variant_.batch_norm_epsilon, output);
  }

  const FloatTensor& Weight(const std::string& name, const std::vector<std::int64_t>& shape) {
    static const FloatTensor kNothing;
    const auto found = weights_.find(name);
    if (found != weights_.end() && found->second.shape == shape) return found->second;
    if (problem_.empty()) problem_ = name + (found == weights_.end() ? " is missing" : " has another shape");
    return kNothing;
  }

  const TorchTensors& weights_;
  MobileNetV2Variant variant_;
  OnnxGraph graph_{"mobilenet_v2"};
  std::string tensor_;
  int channels_ = 3;
  std::string problem_;
};

}  // namespace

Result<std::string> BuildMobileNetV2(const TorchTensors& weights, const MobileNetV2Variant& variant) {
  return Builder(weights, variant).Build();
}

}  // namespace coulis::models
