// A quantised TensorFlow Lite network that gives the integers that LiteRT gives.
#pragma once

#include <memory>
#include <openvino/core/model.hpp>

#include "coulis/result.h"
#include "models/tflite_file.h"

namespace coulis::models {

/// Whether any operation of the file works on 8-bit numbers.
[[nodiscard]] bool IsQuantised(const TfliteFile& file);

/// The network with LiteRT's arithmetic (models/exact_arithmetic.h). It takes the file's input, gives the
/// file's first output as it is stored, and beside it every layer in real units, called by operation and
/// place
/// ("Convolution_12"). Operations inside of layers are named "~…".
/// Errors: kBadModel with the reason why it cannot be done.
[[nodiscard]] Result<std::shared_ptr<ov::Model>> ExactNetwork(const TfliteFile& file);

}  // namespace coulis::models
