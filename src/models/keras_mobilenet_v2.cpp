#include "models/keras_mobilenet_v2.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "models/isolated.h"
#include "models/keras_weights.h"

namespace coulis::models {
namespace {

using Kind = MobileNetV2Layer::Kind;

constexpr float kEpsilon = 1e-3F;
constexpr ImageSize kUsualSize{224, 224};
constexpr int kSmallestSide = 32;
constexpr int kLargestSide = 8192;

Error Bad(const std::string& reason) {
  return {ErrorCode::kBadModel, "not the weights of Keras's MobileNetV2: " + reason};
}

std::string ShapeText(const KerasLayer& layer) {
  std::string text;
  for (const FloatTensor& tensor : layer.weights) {
    text += " [";
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(tensor.shape[i]);
    }
    text += ']';
  }
  return layer.name + text;
}

// Keras's kernels are [height, width, in, out], of depthwise convolutions [height, width, channels, 1]: both
// become [out or channels, in or 1, height, width].
FloatTensor Transposed(const FloatTensor& kernel, bool depthwise) {
  const auto at = [&](std::size_t axis) { return static_cast<std::size_t>(kernel.shape[axis]); };
  const std::size_t area = at(0) * at(1);
  const std::size_t rows = depthwise ? at(2) : at(3);
  const std::size_t columns = depthwise ? at(3) : at(2);
  FloatTensor result{
      {kernel.shape[depthwise ? 2 : 3], kernel.shape[depthwise ? 3 : 2], kernel.shape[0], kernel.shape[1]},
      std::vector<float>(kernel.values.size())};
  for (std::size_t place = 0; place < area; ++place) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t from = depthwise ? row * columns + column : column * rows + row;
        result.values[(row * columns + column) * area + place] = kernel.values[place * rows * columns + from];
      }
    }
  }
  return result;
}

bool IsKernel(const KerasLayer& layer, Kind kind) {
  if (layer.weights.size() != 1 || layer.weights[0].shape.size() != 4) return false;
  return (layer.weights[0].shape[3] == 1) == (kind == Kind::kDepthwise);
}

bool IsNorm(const KerasLayer& layer) {
  if (layer.weights.size() != 4) return false;
  return std::all_of(layer.weights.begin(), layer.weights.end(), [&](const FloatTensor& tensor) {
    return tensor.shape.size() == 1 && tensor.shape == layer.weights[0].shape;
  });
}

const char* ClassOf(Kind kind) {
  switch (kind) {
    case Kind::kConvolution:
      return "conv2d";
    case Kind::kDepthwise:
      return "depthwise_conv2d";
    case Kind::kNorm:
      return "batch_normalization";
  }
  return "";
}

/// The weights under the builder's names, and the channels of the first convolution, the blocks and the last.
struct Renamed {
  TorchTensors weights;
  std::vector<int> channels;
};

Result<Renamed> TakeLayers(KerasWeights& file) {
  Renamed renamed;
  for (const MobileNetV2Layer& wanted : MobileNetV2Layers(MobileNetV2Variant::Names::kKeras)) {
    const KerasLayer* layer = file.Next(ClassOf(wanted.kind));
    if (layer == nullptr) return Bad("layer " + wanted.name + " is missing");
    const bool fits = wanted.kind == Kind::kNorm ? IsNorm(*layer) : IsKernel(*layer, wanted.kind);
    if (!fits) return Bad("where " + wanted.name + " belongs lies " + ShapeText(*layer));
    if (wanted.kind == Kind::kNorm) {
      constexpr std::array<const char*, 4> kNames{".weight", ".bias", ".running_mean", ".running_var"};
      for (std::size_t i = 0; i < kNames.size(); ++i) {
        renamed.weights[wanted.name + kNames[i]] = layer->weights[i];
      }
      continue;
    }
    renamed.weights[wanted.name + ".weight"] = Transposed(layer->weights[0], wanted.kind == Kind::kDepthwise);
    const bool counts = wanted.name.starts_with("Conv") || wanted.name.ends_with("_project");
    if (counts) renamed.channels.push_back(static_cast<int>(layer->weights[0].shape[3]));
  }
  return renamed;
}

// The classifier, when there is one, into `weights`. Gives the number of its classes, or 0.
Result<int> TakeClassifier(KerasWeights& file, TorchTensors& weights) {
  const KerasLayer* layer = file.Next("dense");
  if (layer == nullptr) return 0;
  if (layer->weights.size() != 2 || layer->weights[0].shape.size() != 2 ||
      layer->weights[1].shape.size() != 1) {
    return Bad("behind its last convolution lies " + ShapeText(*layer) + ", which is no classifier");
  }
  const FloatTensor& kernel = layer->weights[0];
  const auto inputs = static_cast<std::size_t>(kernel.shape[0]);
  const auto classes = static_cast<std::size_t>(kernel.shape[1]);
  FloatTensor transposed{{kernel.shape[1], kernel.shape[0]}, std::vector<float>(kernel.values.size())};
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t c = 0; c < classes; ++c)
      transposed.values[c * inputs + i] = kernel.values[i * classes + c];
  }
  weights["predictions.weight"] = std::move(transposed);
  weights["predictions.bias"] = layer->weights[1];
  return static_cast<int>(classes);
}

bool IsUsable(ImageSize size) {
  const auto in_range = [](int side) { return side >= kSmallestSide && side <= kLargestSide; };
  return in_range(size.width) && in_range(size.height);
}

/// What is found out in the process that reads, and follows in its answer before the ONNX bytes.
struct Found {
  double width = 1;
  ImageSize image;
  int classes = 0;
  int feature_length = 0;
};

MobileNetV2Variant VariantOf(const Found& found) {
  return {.names = MobileNetV2Variant::Names::kKeras,
          .batch_norm_epsilon = kEpsilon,
          .pad_at_end = true,
          .width = found.width,
          .image = found.image,
          .classes = found.classes};
}

Result<std::string> ReadAndBuild(std::span<const std::byte> bytes, std::optional<ImageSize> size) {
  Result<KerasWeights> file = KerasWeights::Read(bytes);
  if (!file) return file.error();
  Result<Renamed> renamed = TakeLayers(*file);
  if (!renamed) return renamed.error();
  const std::optional<double> width = FindMobileNetV2Width(renamed->channels);
  if (!width) return Bad("no width (alpha) has its numbers of channels");
  const Result<int> classes = TakeClassifier(*file, renamed->weights);
  if (!classes) return classes.error();
  if (const KerasLayer* left = file->Left()) return Bad("it has one layer too many, " + ShapeText(*left));
  const Found found{.width = *width,
                    .image = size.value_or(file->input_size().value_or(kUsualSize)),
                    .classes = *classes,
                    .feature_length = renamed->channels.back()};
  if (!IsUsable(found.image)) return Bad("its image size is not 32 to 8192 pixels each way");
  const Result<std::string> onnx = BuildMobileNetV2(renamed->weights, VariantOf(found));
  if (!onnx) return onnx.error();
  return std::string(reinterpret_cast<const char*>(&found), sizeof(found)) + *onnx;
}

}  // namespace

std::string Summary(const MobileNetV2Variant& variant) {
  std::array<char, 16> width{};
  std::snprintf(width.data(), width.size(), "%.2f", variant.width);
  return std::string("MobileNetV2 ") + width.data() + " of Keras at " + std::to_string(variant.image.width) +
         " x " + std::to_string(variant.image.height);
}

Result<ImportedModel> ImportKerasMobileNetV2(std::span<const std::byte> bytes,
                                             std::optional<ImageSize> size) {
  if (size && !IsUsable(*size)) {
    return Error{ErrorCode::kInvalidArgument, "the size must be 32 to 8192 pixels each way"};
  }
  // Not every version of HDF5 survives every damaged file (docs/decisions/023-keras-weights.md).
  const Result<std::string> answer = RunIsolated([&] { return ReadAndBuild(bytes, size); });
  if (!answer) return answer.error();
  Found found;
  std::memcpy(&found, answer->data(), sizeof(found));
  ImportedModel model{.onnx = answer->substr(sizeof(found)), .description = {}, .variant = VariantOf(found)};
  model.description.input_size = found.image;
  model.description.layout = "NCHW";
  model.description.mean = {127.5F, 127.5F, 127.5F};
  model.description.scale = {127.5F, 127.5F, 127.5F};
  model.description.feature_length = found.feature_length;
  return model;
}

}  // namespace coulis::models
