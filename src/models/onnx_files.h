// Which files an ONNX model consists of.
#pragma once

#include <filesystem>
#include <vector>

namespace coulis::models {

/// `file` and those that its tensors name as their external data (onnx.proto, TensorProto.data_location),
/// sorted, each once. Of a file that is not ONNX: itself alone.
[[nodiscard]] std::vector<std::filesystem::path> FilesOfOnnx(const std::filesystem::path& file);

}  // namespace coulis::models
