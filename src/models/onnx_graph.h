// Writes an ONNX model layer by layer. The bytes depend on what was added alone: no dates, no versions, no
// map order. Format: onnx.proto, IR version 7, operator set 13.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "models/torch_pickle.h"

namespace coulis::models {

/// A convolution's geometry; padding is top, left, bottom, right.
struct ConvGeometry {
  int kernel = 1;
  int stride = 1;
  int groups = 1;
  std::array<int, 4> padding{};
};

/// Every layer takes the name of the tensor it reads and gives back the name of the tensor it makes. `output`
/// names that tensor when it should differ from the layer's own name. Weights are copied in. Not thread-safe.
class OnnxGraph {
 public:
  explicit OnnxGraph(const std::string& name);
  ~OnnxGraph();
  OnnxGraph(OnnxGraph&&) noexcept;
  OnnxGraph& operator=(OnnxGraph&&) noexcept;

  std::string Input(const std::string& name, const std::vector<std::int64_t>& shape);
  /// weight: [out channels, in channels / groups, kernel, kernel].
  std::string Conv(const std::string& name, const std::string& input, const FloatTensor& weight,
                   const ConvGeometry& geometry);
  struct BatchNormWeights {
    const FloatTensor& scale;
    const FloatTensor& bias;
    const FloatTensor& mean;
    const FloatTensor& variance;
  };
  std::string BatchNorm(const std::string& name, const std::string& input, const BatchNormWeights& weights,
                        float epsilon, const std::string& output);
  /// min(max(x, 0), 6).
  std::string Relu6(const std::string& name, const std::string& input, const std::string& output);
  std::string Add(const std::string& name, const std::string& a, const std::string& b);
  std::string GlobalAveragePool(const std::string& name, const std::string& input);
  std::string Flatten(const std::string& name, const std::string& input, const std::string& output);
  /// input [1, in] · weightᵀ + bias; weight: [out, in].
  std::string Dense(const std::string& name, const std::string& input, const FloatTensor& weight,
                    const FloatTensor& bias);
  /// Over the second dimension.
  std::string Softmax(const std::string& name, const std::string& input);
  void Output(const std::string& name, const std::vector<std::int64_t>& shape);

  /// The model's bytes. Errors: kInternal.
  [[nodiscard]] Result<std::string> Serialize() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coulis::models
