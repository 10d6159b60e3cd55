// Runs a model on the CPU: 8-bit pixels in, features out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "coulis/export.h"
#include "coulis/model.h"
#include "coulis/result.h"

namespace coulis {

/// The arithmetic that a network runs in.
enum class Precision {
  kF32,   ///< Single precision throughout.
  kBf16,  ///< bfloat16 where the engine has it: about twice as fast on processors with instructions for it.
};

/// "f32" or "bf16".
[[nodiscard]] COULIS_EXPORT std::string_view ToString(Precision precision);

/// Settings of an Engine.
struct EngineOptions {
  /// Requests that may run at the same time, each on one core. Default 1. Range ≥ 1.
  int threads = 1;
  /// The layer whose output is the feature vector; empty: the model's own output. A layer with height and
  /// width is averaged over them (global average pooling).
  std::string layer;
  /// Default f32. bf16 is refused where the processor has no instructions for it.
  Precision precision = Precision::kF32;
  /// Folder for compiled models, so that the next start is quick; empty: no cache. Made when missing; a cache
  /// that cannot be written is not an error.
  std::filesystem::path cache_folder;
};

/// One worker's place at the engine. Not thread-safe; one per thread. Must not outlive its Engine.
class COULIS_EXPORT InferRequest {
 public:
  class Impl;
  explicit InferRequest(std::unique_ptr<Impl> impl);
  ~InferRequest();
  InferRequest(InferRequest&&) noexcept;
  InferRequest& operator=(InferRequest&&) noexcept;

  /// Where the next image's pixels go: height x width x 3 bytes, RGB, the model's input size. Stays valid.
  [[nodiscard]] std::span<std::uint8_t> input();

  /// Runs the network on input(). The features (Engine::feature_length() floats) stay valid until the next
  /// Run.
  [[nodiscard]] Result<std::span<const float>> Run();

 private:
  std::unique_ptr<Impl> impl_;
};

/// A compiled model. Thread-safe: any thread may make its own InferRequest.
class COULIS_EXPORT Engine {
 public:
  /// Reads, prepares (8-bit NHWC input, mean and scale inside the graph) and compiles the model for the CPU.
  /// Errors: kBadModel (damaged, unsupported), kNotFound (no such layer; the message names some that exist),
  /// kInvalidArgument (no thread; a layer that is neither a vector nor has height and width; a precision that
  /// this processor has not).
  [[nodiscard]] static Result<Engine> Load(const Model& model, const EngineOptions& options);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  [[nodiscard]] int feature_length() const;
  [[nodiscard]] ImageSize input_size() const;
  /// How an image becomes the model's input.
  [[nodiscard]] ImageFit fit() const;
  [[nodiscard]] Result<InferRequest> NewRequest() const;

  /// For `coulis doctor`: name and version of the engine.
  [[nodiscard]] static std::string Version();

 private:
  class Impl;
  explicit Engine(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace coulis
