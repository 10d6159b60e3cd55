// A model's folder as it is on disk (docs/formats.md, "A model"), written into a staging folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "coulis/model.h"
#include "coulis/result.h"

namespace ov {
class Model;
}

namespace coulis::models {

/// Writes `onnx`, the IR made of it and model.json into `folder`; of the description, files, hashes and
/// network are filled in here. Errors: kBadModel (OpenVINO cannot read the ONNX), kIo.
[[nodiscard]] Result<void> WriteModelFolder(const std::filesystem::path& folder, const std::string& onnx,
                                            ModelDescription description);

/// Writes `network` as IR and model.json into `folder`; model.onnx, if it lies there already, becomes one of
/// the model's files. Of the description, files and network are filled in here. Errors: kIo.
[[nodiscard]] Result<void> WriteModelFolder(const std::filesystem::path& folder,
                                            const std::shared_ptr<ov::Model>& network,
                                            ModelDescription description);

/// Writes a small file. Errors: kIo.
[[nodiscard]] Result<void> WriteTextFile(const std::filesystem::path& path, const std::string& content);

/// Errors: kNotFound (missing, or no file), kBadModel (larger than `limit` bytes), kIo.
[[nodiscard]] Result<std::vector<std::byte>> ReadWholeFile(const std::filesystem::path& path,
                                                           std::uintmax_t limit);

}  // namespace coulis::models
