// The MobileNetV2 graph (Sandler et al. 2018, arXiv:1801.04381, table 2) over given weights.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coulis/image.h"
#include "coulis/result.h"
#include "models/torch_pickle.h"

namespace coulis::models {

/// What differs between the frameworks that trained one, and between their sizes.
struct MobileNetV2Variant {
  /// Whose names layers and weights bear: torchvision's ("features.N.conv.M") or Keras's ("block_N_expand").
  enum class Names { kTorchvision, kKeras };
  Names names = Names::kTorchvision;
  float batch_norm_epsilon = 1e-5F;
  /// Keras pads what a convolution of stride 2 reads after its end only, where the extent is even.
  bool pad_at_end = false;
  /// Multiplies the channels (the paper's width multiplier, Keras's alpha).
  double width = 1;
  ImageSize image{224, 224};
  /// Of the classifier whose softmax is the second output; 0: none.
  int classes = 0;
};

/// The output channels of the first convolution, the 17 blocks and the last convolution. Rounded to multiples
/// of 8 and not below 0.9 of what was asked for, as both frameworks do; the last is never under 1280.
[[nodiscard]] std::vector<int> MobileNetV2Channels(double width);

/// The width that has these channels: Keras's own six first, then all hundredths up to 4; nothing when none
/// has.
[[nodiscard]] std::optional<double> FindMobileNetV2Width(const std::vector<int>& channels);

/// A layer with weights: a convolution ("NAME.weight") or a batch normalisation ("NAME.weight", ".bias",
/// ".running_mean", ".running_var").
struct MobileNetV2Layer {
  enum class Kind { kConvolution, kDepthwise, kNorm };
  std::string name;
  Kind kind = Kind::kConvolution;
};

/// The layers in the order in which an image passes them, under their names.
[[nodiscard]] std::vector<MobileNetV2Layer> MobileNetV2Layers(MobileNetV2Variant::Names names);

/// An ONNX model from `weights` under their framework's layer names, kernels as [out, in / groups, height,
/// width]: input "image" f32[1, 3, height, width] of normalised RGB, output "features" f32[1, channels], the
/// mean over height and width of the last convolution; with classes also "predictions" f32[1, classes], the
/// softmax over "predictions.weight" [classes, channels] and "predictions.bias". The batch is fixed to 1:
/// that is what runs fastest (docs/decisions/020-one-request-one-thread.md), and a graph of fixed shapes
/// needs no reshaping at start. With torchvision's names the tensor that leaves block N is "features.N".
/// Errors: kBadModel (a tensor is missing or of the wrong shape).
[[nodiscard]] Result<std::string> BuildMobileNetV2(const TorchTensors& weights,
                                                   const MobileNetV2Variant& variant);

}  // namespace coulis::models
