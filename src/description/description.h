// model.json: a ModelDescription as text (docs/formats.md, "A model"). `ParseModelDescription`
// (coulis/model.h) reads it.
#pragma once

#include <string>

#include "coulis/model.h"

namespace coulis {

/// Names of the files in a model's folder.
inline constexpr const char* kDescriptionFile = "model.json";
inline constexpr const char* kOnnxFile = "model.onnx";
inline constexpr const char* kNetworkFile = "model.xml";
inline constexpr const char* kConstantsFile = "model.bin";

[[nodiscard]] std::string WriteDescription(const ModelDescription& model);

/// Whether `name` can be a model's or a file's name: letters, digits, '.', '_', '-', not starting with '.' or
/// '-'.
[[nodiscard]] bool IsPlainName(const std::string& name);

}  // namespace coulis
