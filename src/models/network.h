// A network in OpenVINO's C++ API: read from any format, asked what it takes and gives, and prepared for one
// image.
#pragma once

#include <exception>
#include <filesystem>
#include <memory>
#include <openvino/core/model.hpp>
#include <optional>
#include <string>
#include <vector>

#include "coulis/image.h"
#include "coulis/result.h"

namespace coulis::models {

/// A format that networks come in.
struct NetworkFormat {
  /// OpenVINO's name of its reader.
  std::string frontend;
  /// For a person.
  std::string name;
  /// The layout that its networks have when their shape does not tell: true for NHWC.
  bool channels_last = false;
};

/// By the file's ending, or a folder's saved_model.pb. Errors: kNotFound (no such file), kBadModel (another
/// file).
[[nodiscard]] Result<NetworkFormat> FormatOf(const std::filesystem::path& file);

/// What an exception of OpenVINO says, in one line.
[[nodiscard]] std::string ReasonOf(const std::exception& problem);

/// Reads a network; nothing is printed. Errors: kBadModel.
[[nodiscard]] Result<std::shared_ptr<ov::Model>> ReadNetwork(const std::filesystem::path& file,
                                                             const NetworkFormat& format);

/// How the network takes an image.
struct InputForm {
  bool takes_u8 = false;
  bool channels_last = false;
  ImageSize size;
};

/// Gives the network's one input the shape of one image, of `size` when given. Errors: kBadModel (not one
/// input, not an RGB image, not f32 or u8), kInvalidArgument (its size is open and none was given, or it
/// cannot have this one).
[[nodiscard]] Result<InputForm> FixInput(ov::Model& network, const NetworkFormat& format,
                                         const std::optional<ImageSize>& size);

/// Whether the operation works inside of a layer, on numbers that mean nothing outside: its name begins with
/// "~".
[[nodiscard]] bool IsInner(const ov::Node& node);

/// Outputs of operations that can serve as features: computed from the image, [1, channels] or with height
/// and width besides, of numbers that the engine turns into f32. In the order in which they are computed.
[[nodiscard]] std::vector<ov::Output<ov::Node>> FeatureOutputs(const ov::Model& network);

/// Numbers that an output gives as features; 0 when it cannot serve. `channels_last`: of the network's input.
[[nodiscard]] int FeatureLength(const ov::Output<ov::Node>& output, bool channels_last);

/// Whether the operation's name is a number that the reader counted: "12", "Transpose_396".
[[nodiscard]] bool HasMadeUpName(const ov::Node& node);

/// What an operation's output is called, as `--layer` takes it: the operation's name, or the tensor's where
/// that of the operation was made up.
[[nodiscard]] std::string NameOf(const ov::Output<ov::Node>& output);

/// The network with the output of the layer `name` before its own outputs. Errors: kNotFound (names some that
/// exist).
[[nodiscard]] Result<std::shared_ptr<ov::Model>> WithFirstOutput(const std::shared_ptr<ov::Model>& network,
                                                                 const std::string& name);

/// Multiply-adds of convolutions and matrix products that the network's first output needs.
[[nodiscard]] std::int64_t MultiplyAdds(const ov::Model& network);

/// "[1, ?, 224, 224]".
[[nodiscard]] std::string ToText(const ov::PartialShape& shape);

}  // namespace coulis::models
