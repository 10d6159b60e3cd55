// From files on disk to a compiled model: the graph with its preprocessing, for the CPU.
#pragma once

#include "coulis/engine.h"
#include "coulis/model.h"
#include "coulis/result.h"
#include "infer/ir_model.h"
#include "infer/openvino_c.h"

namespace coulis::infer {

/// A compiled model and what must outlive it. Members are destroyed last to first.
struct CompiledNetwork {
  CorePtr core;
  /// Constants, or the cached form of the network: the compiled model may point into it.
  std::vector<std::byte> memory;
  CompiledModelPtr compiled;
  /// Whether an output with height and width has its channels behind them.
  bool channels_last = false;
};

/// Reads, prepares and compiles `model` (Engine::Load says the errors).
[[nodiscard]] Result<CompiledNetwork> CompileNetwork(const Model& model, const EngineOptions& options);

}  // namespace coulis::infer
