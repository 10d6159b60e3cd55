// OpenVINO's IR, written.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "coulis/result.h"

namespace ov {
class Model;
}

namespace coulis::models {

/// Reads `onnx` and writes `xml` and the .bin file beside it, weights in f32. Errors: kBadModel, kIo.
[[nodiscard]] Result<void> ConvertOnnxToIr(const std::filesystem::path& onnx,
                                           const std::filesystem::path& xml);

/// Writes `xml` and the .bin file beside it, weights as they are. Errors: kIo.
[[nodiscard]] Result<void> WriteIr(const std::shared_ptr<ov::Model>& model, const std::filesystem::path& xml);

}  // namespace coulis::models
