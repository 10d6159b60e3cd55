// ONNX to OpenVINO's IR. The one place that uses OpenVINO's C++ API.
#pragma once

#include <filesystem>

#include "coulis/result.h"

namespace coulis::models {

/// Reads `onnx` and writes `xml` and the .bin file beside it, weights in f32. Errors: kBadModel, kIo.
[[nodiscard]] Result<void> ConvertOnnxToIr(const std::filesystem::path& onnx,
                                           const std::filesystem::path& xml);

}  // namespace coulis::models
