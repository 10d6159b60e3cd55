// Weights out of PyTorch's legacy file (torch.save before 1.6): magic number, protocol, system, a pickled
// dictionary of tensors, the keys of their storages, the storages' raw values. Read without executing
// anything. Format: PyTorch, torch/serialization.py, _legacy_save.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::models {

/// Values in row-major order; values.size() is the product of the shape.
struct FloatTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

using TorchTensors = std::map<std::string, FloatTensor>;

/// The float tensors by name. Integer tensors (batch counters) are checked and left out.
/// Errors: kBadModel (truncated, not of this format, or holding anything but tensors).
[[nodiscard]] Result<TorchTensors> ReadTorchPickle(std::span<const std::byte> bytes);

}  // namespace coulis::models
