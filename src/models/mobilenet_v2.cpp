#include "models/mobilenet_v2.h"

#include <algorithm>
#include <array>
#include <utility>

#include "models/onnx_graph.h"

namespace coulis::models {
namespace {

using Names = MobileNetV2Variant::Names;

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
constexpr int kBlocks = 17;

int Divisible(double channels) {
  constexpr int kDivisor = 8;
  const int rounded = std::max(kDivisor, static_cast<int>(channels + kDivisor / 2.0) / kDivisor * kDivisor);
  return rounded < 0.9 * channels ? rounded + kDivisor : rounded;
}

/// The names of a convolution, its normalisation, its activation, and of the tensor that leaves them.
struct UnitNames {
  std::string conv;
  std::string norm;
  std::string clip;
  std::string output;
};

/// The three units of a block; the first has none (expansion 1).
struct BlockNames {
  UnitNames expand;
  UnitNames depthwise;
  UnitNames project;
  std::string sum;
};

/// What each framework calls the parts.
class Naming {
 public:
  explicit Naming(Names names) : keras_(names == Names::kKeras) {}

  [[nodiscard]] UnitNames First() const {
    if (keras_) return {"Conv1", "bn_Conv1", "Conv1_relu", "Conv1_relu"};
    return {"features.0.0", "features.0.1", "features.0.2", "features.0"};
  }

  [[nodiscard]] UnitNames Last() const {
    if (keras_) return {"Conv_1", "Conv_1_bn", "out_relu", "out_relu"};
    return {"features.18.0", "features.18.1", "features.18.2", "features.18"};
  }

  /// `number` from 1; `residual`: whether the block ends with a sum.
  [[nodiscard]] BlockNames Block(int number, bool residual) const {
    return keras_ ? KerasBlock(number) : TorchBlock(number, residual);
  }

 private:
  static BlockNames KerasBlock(int number) {
    const std::string block = number == 1 ? "expanded_conv_" : "block_" + std::to_string(number - 1) + "_";
    const auto unit = [&](const std::string& part) {
      const std::string name = block + part;
      return UnitNames{name, name + "_BN", name + "_relu", name + "_relu"};
    };
    BlockNames names{unit("expand"), unit("depthwise"), unit("project"), block + "add"};
    names.project.output = names.project.norm;
    return names;
  }

  // Modules are numbered through the block, so that the first, which expands nothing, counts from elsewhere.
  static BlockNames TorchBlock(int number, bool residual) {
    const std::string block = "features." + std::to_string(number);
    int layer = number == 1 ? -3 : 0;
    const auto unit = [&] {
      const auto next = [&] { return block + ".conv." + std::to_string(layer++); };
      UnitNames names;
      names.conv = next();
      names.norm = next();
      names.clip = names.output = next();
      return names;
    };
    BlockNames names;
    names.expand = unit();
    names.depthwise = unit();
    names.project = unit();
    names.project.output = residual ? names.project.norm : block;
    names.sum = block;
    return names;
  }

  bool keras_;
};

/// Adds layers to a graph and follows the tensor they make.
class Builder {
 public:
  Builder(const TorchTensors& weights, const MobileNetV2Variant& variant)
      : weights_(weights),
        variant_(variant),
        naming_(variant.names),
        plan_(MobileNetV2Channels(variant.width)),
        extent_(variant.image),
        tensor_(graph_.Input("image", {1, 3, extent_.height, extent_.width})) {}

  Result<std::string> Build() {
    ConvNormClip(naming_.First(), {.channels = plan_.front(), .kernel = 3, .stride = 2});
    int block = 1;
    for (const Stage& stage : kStages) {
      for (int i = 0; i < stage.repeats; ++i) AddBlock(block++, stage.expansion, i == 0 ? stage.stride : 1);
    }
    ConvNormClip(naming_.Last(), {.channels = plan_.back()});
    tensor_ = graph_.GlobalAveragePool("pool", tensor_);
    graph_.Output(graph_.Flatten("flatten", tensor_, "features"), {1, channels_});
    if (variant_.classes > 0) AddClassifier();
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
  void AddBlock(int number, int expansion, int stride) {
    const std::string input = tensor_;
    const int hidden = channels_ * expansion;
    const int channels = plan_[static_cast<std::size_t>(number)];
    const bool residual = stride == 1 && channels_ == channels;
    const BlockNames names = naming_.Block(number, residual);
    if (expansion != 1) ConvNormClip(names.expand, {.channels = hidden});
    ConvNormClip(names.depthwise, {.channels = hidden, .kernel = 3, .stride = stride, .depthwise = true});
    ConvNorm(names.project, {.channels = channels}, names.project.output);
    if (residual) tensor_ = graph_.Add(names.sum, input, tensor_);
  }

  void ConvNormClip(const UnitNames& names, const Convolution& convolution) {
    ConvNorm(names, convolution, names.norm);
    tensor_ = graph_.Relu6(names.clip, tensor_, names.output);
  }

  void ConvNorm(const UnitNames& names, const Convolution& convolution, const std::string& output) {
    const int groups = convolution.depthwise ? channels_ : 1;
    const FloatTensor& weight = Weight(names.conv + ".weight", {convolution.channels, channels_ / groups,
                                                                convolution.kernel, convolution.kernel});
    tensor_ = graph_.Conv(names.conv, tensor_, weight,
                          {.kernel = convolution.kernel,
                           .stride = convolution.stride,
                           .groups = groups,
                           .padding = Padding(convolution)});
    channels_ = convolution.channels;
    if (convolution.stride == 2) extent_ = {(extent_.width + 1) / 2, (extent_.height + 1) / 2};
    const std::string& norm = names.norm;
    tensor_ = graph_.BatchNorm(norm, tensor_,
                               {.scale = Weight(norm + ".weight", {channels_}),
                                .bias = Weight(norm + ".bias", {channels_}),
                                .mean = Weight(norm + ".running_mean", {channels_}),
                                .variance = Weight(norm + ".running_var", {channels_})},
                               variant_.batch_norm_epsilon, output);
  }

  // Top, left, bottom, right. An odd extent is padded on both sides in either framework.
  [[nodiscard]] std::array<int, 4> Padding(const Convolution& convolution) const {
    const int both = (convolution.kernel - 1) / 2;
    const bool at_end = variant_.pad_at_end && convolution.stride == 2;
    const int top = at_end && extent_.height % 2 == 0 ? both - 1 : both;
    const int left = at_end && extent_.width % 2 == 0 ? both - 1 : both;
    return {top, left, both, both};
  }

  void AddClassifier() {
    const std::string name = "predictions";
    const std::string logits =
        graph_.Dense("logits", "features", Weight(name + ".weight", {variant_.classes, channels_}),
                     Weight(name + ".bias", {variant_.classes}));
    graph_.Output(graph_.Softmax(name, logits), {1, variant_.classes});
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
  Naming naming_;
  std::vector<int> plan_;
  /// Height and width of the current tensor.
  ImageSize extent_;
  OnnxGraph graph_{"mobilenet_v2"};
  std::string tensor_;
  int channels_ = 3;
  std::string problem_;
};

}  // namespace

std::vector<int> MobileNetV2Channels(double width) {
  std::vector<int> channels{Divisible(kFirstChannels * width)};
  for (const Stage& stage : kStages) {
    channels.insert(channels.end(), static_cast<std::size_t>(stage.repeats),
                    Divisible(static_cast<int>(stage.channels * width)));
  }
  channels.push_back(width > 1 ? Divisible(kLastChannels * width) : kLastChannels);
  return channels;
}

std::optional<double> FindMobileNetV2Width(const std::vector<int>& channels) {
  std::vector<double> widths{1.0, 0.35, 0.5, 0.75, 1.3, 1.4};
  for (int hundredths = 1; hundredths <= 400; ++hundredths) widths.push_back(hundredths / 100.0);
  const auto found = std::find_if(widths.begin(), widths.end(),
                                  [&](double width) { return MobileNetV2Channels(width) == channels; });
  return found == widths.end() ? std::nullopt : std::optional(*found);
}

std::vector<MobileNetV2Layer> MobileNetV2Layers(Names names) {
  using Kind = MobileNetV2Layer::Kind;
  const Naming naming(names);
  std::vector<MobileNetV2Layer> layers;
  const auto add = [&](const UnitNames& unit, Kind kind) {
    layers.push_back({unit.conv, kind});
    layers.push_back({unit.norm, Kind::kNorm});
  };
  add(naming.First(), Kind::kConvolution);
  for (int number = 1; number <= kBlocks; ++number) {
    const BlockNames block = naming.Block(number, /*residual=*/false);
    if (number > 1) add(block.expand, Kind::kConvolution);
    add(block.depthwise, Kind::kDepthwise);
    add(block.project, Kind::kConvolution);
  }
  add(naming.Last(), Kind::kConvolution);
  return layers;
}

Result<std::string> BuildMobileNetV2(const TorchTensors& weights, const MobileNetV2Variant& variant) {
  return Builder(weights, variant).Build();
}

}  // namespace coulis::models
