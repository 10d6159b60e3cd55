// One image in, its features out: what every front end does with an image, on a thread of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "coulis/engine.h"
#include "coulis/export.h"
#include "coulis/image.h"
#include "coulis/result.h"

namespace coulis {

/// What became of an image.
struct EmbeddedImage {
  /// Width and height before the resize; nothing when it could not be decoded.
  std::optional<ImageSize> size;
  /// Engine::feature_length() finite numbers, valid until the next Run; empty when there is an error.
  std::span<const float> features;
  /// Why this image gives no features: kBadImage. The next one may be better.
  std::optional<Error> error;
};

/// Decodes, resizes and infers, with buffers kept from image to image. Not thread-safe; one per thread. Must
/// not outlive its Engine.
class COULIS_EXPORT Embedder {
 public:
  /// Errors: kInternal (the engine gives no request).
  [[nodiscard]] static Result<Embedder> Make(const Engine& engine, const DecodeOptions& decode = {});

  /// An Error only when the engine itself failed: a bad image is a value.
  [[nodiscard]] Result<EmbeddedImage> Run(std::span<const std::byte> bytes);

 private:
  Embedder(Preprocessor preprocessor, InferRequest request);

  Preprocessor preprocessor_;
  InferRequest request_;
};

}  // namespace coulis
