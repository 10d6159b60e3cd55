// The MobileNetV2 graph (Sandler et al. 2018, arXiv:1801.04381, table 2) over given weights.
#pragma once

#include <string>

#include "coulis/result.h"
#include "models/torch_pickle.h"

namespace coulis::models {

/// What differs between the frameworks that trained one.
struct MobileNetV2Variant {
  float batch_norm_epsilon = 1e-5F;
};

/// An ONNX model from `weights` under torchvision's names ("features.N.conv.M.weight", …): input "image"
/// f32[1, 3, 224, 224] of normalised RGB, output "features" f32[1, 1280], the mean over height and width of
/// the last convolution. The batch is fixed to 1: that is what runs fastest (docs/decisions/020.md), and a
/// graph of fixed shapes needs no reshaping at start. Layers are named as torchvision names modules, and the
/// tensor that leaves block N is named "features.N". Errors: kBadModel (a tensor is missing or of the wrong
/// shape).
[[nodiscard]] Result<std::string> BuildMobileNetV2(const TorchTensors& weights,
                                                   const MobileNetV2Variant& variant);

}  // namespace coulis::models
