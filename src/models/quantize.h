// The int8 network of a model, made by NNCF in Python from a few hundred images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/model.h"
#include "coulis/result.h"

namespace coulis::models {

/// What `MakeInt8` works with.
struct Int8Input {
  Model model;
  /// The images, as the preprocessor gives them: a .npy file of u8[n, height, width, 3].
  std::filesystem::path images;
  /// The environment is made below it (`QuantizerPython`).
  std::filesystem::path cache;
  /// QuantizeOptions::cosine.
  double cosine = 0;
  /// Called with one line per step.
  std::function<void(const std::string&)> report;
  std::stop_token stop;
};

/// Errors: kInvalidArgument when the network is quantised already, or has nothing to quantise; as
/// DescribeModel.
[[nodiscard]] Result<void> CheckQuantizable(const Model& model);

/// What `MakeInt8` made.
struct Int8Network {
  Model model;
  /// Names of the layers that are not int8.
  std::vector<std::string> kept_in_f32;
};

/// Writes the int8 network and its description (model.xml, model.bin, model.json) to `folder`. Errors: as
/// `QuantizerPython`; kBadModel (the quantiser failed).
[[nodiscard]] Result<Int8Network> MakeInt8(const Int8Input& input, const std::filesystem::path& folder);

}  // namespace coulis::models
