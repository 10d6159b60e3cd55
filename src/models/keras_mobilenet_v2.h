// Keras's MobileNetV2 (keras.applications.MobileNetV2) from a file of its weights.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "coulis/model.h"
#include "coulis/result.h"
#include "models/mobilenet_v2.h"

namespace coulis::models {

/// A model as ONNX, and all of its description but name, licence, source and files.
struct ImportedModel {
  std::string onnx;
  ModelDescription description;
  MobileNetV2Variant variant;
};

/// For a person: "MobileNetV2 1.40 of Keras at 224 x 224".
[[nodiscard]] std::string Summary(const MobileNetV2Variant& variant);

/// Takes the weights layer by layer in the model's order, as Keras itself does: names in the file do not
/// matter. The width (alpha) follows from the shapes; the classifier, where the file has one, becomes the
/// second output. `size`: of the images; else what the file says, else 224 x 224. Errors: kBadModel (damaged,
/// or another architecture; names the layer), kInvalidArgument (a size that is not 32 to 8192 pixels).
[[nodiscard]] Result<ImportedModel> ImportKerasMobileNetV2(std::span<const std::byte> bytes,
                                                           std::optional<ImageSize> size);

}  // namespace coulis::models
