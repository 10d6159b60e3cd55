// The operations of quantised TensorFlow Lite networks with the arithmetic of LiteRT, in floats that hold
// integers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "models/exact_arithmetic.h"
#include "models/tflite_file.h"

namespace coulis::models {

/// A tensor while the network is computed.
struct ExactTensor {
  /// stored - zero point, in f32; of a tensor that is not quantised, its values.
  Value centred;
  /// Nothing: the tensor is not quantised.
  std::optional<Quantisation> quantised;
  /// Of four extents: whether `centred` is [batch, channels, height, width], unlike the file.
  bool channels_first = false;

  /// Of a quantised one.
  [[nodiscard]] const Quantisation& of() const { return *quantised; }
};

/// Of a tensor of 8 bits with one scale. Nothing: it is another.
[[nodiscard]] std::optional<Quantisation> QuantisationOf(const TfliteTensor& tensor);

/// The tensor as the file has it: [batch, height, width, channels].
[[nodiscard]] Value AsInFile(const ExactTensor& tensor);

/// scale * (stored - zero point).
[[nodiscard]] Value Real(const ExactTensor& tensor);

/// What `operation` computes of `inputs`, those of its inputs that are not constants. Errors: kBadModel with
/// the reason why it cannot be done exactly ("operation TANH").
[[nodiscard]] Result<ExactTensor> ComputeExactly(const TfliteOperation& operation,
                                                 const std::vector<ExactTensor>& inputs);

}  // namespace coulis::models
