// A TensorFlow Lite file as the list of its operations, with every number as it stands in the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <openvino/core/any.hpp>
#include <openvino/core/shape.hpp>
#include <openvino/core/type/element_type.hpp>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::models {

/// A tensor that an operation reads or writes. real = scale * (stored - zero point).
struct TfliteTensor {
  std::string name;
  ov::element::Type type;
  /// Images are [batch, height, width, channels].
  ov::Shape shape;
  /// One for all, or one for each index of `axis`; empty: not quantised.
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  std::int64_t axis = 0;
  /// The values of a constant; empty: computed.
  std::vector<std::byte> data;
};

/// An operation, by its name in TensorFlow Lite's schema: "CONV_2D".
struct TfliteOperation {
  std::string type;
  std::vector<TfliteTensor> inputs;
  std::vector<TfliteTensor> outputs;
  /// Those of "strides", "dilations" and "ksize" ([1, height, width, 1]), "padding" ("SAME", "VALID"),
  /// "activation" ("NONE", "RELU", …), "beta", "axis" and "keep_dims" that the type has.
  ov::AnyMap attributes;
};

struct TfliteFile {
  /// In the order in which they are computed.
  std::vector<TfliteOperation> operations;
  /// Names of the tensors that go in and come out.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// Reads a file through OpenVINO's reader. Errors: kBadModel: it is damaged, its shapes are open, or it has
/// an operation that this list does not know.
[[nodiscard]] Result<TfliteFile> ReadTflite(const std::filesystem::path& file);

}  // namespace coulis::models
