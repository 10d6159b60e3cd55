#include "coulis/embedder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace coulis {

Embedder::Embedder(Preprocessor preprocessor, InferRequest request)
    : preprocessor_(std::move(preprocessor)), request_(std::move(request)) {}

Result<Embedder> Embedder::Make(const Engine& engine, const DecodeOptions& decode) {
  Result<InferRequest> request = engine.NewRequest();
  if (!request) return request.error();
  return Embedder(Preprocessor(engine.fit(), decode), *std::move(request));
}

Result<EmbeddedImage> Embedder::Run(std::span<const std::byte> bytes) {
  const Result<ImageSize> size = preprocessor_.Run(bytes, request_.input());
  if (!size) return EmbeddedImage{.size = std::nullopt, .features = {}, .error = size.error()};
  const Result<std::span<const float>> features = request_.Run();
  if (!features) return features.error();
  if (std::all_of(features->begin(), features->end(), [](float value) { return std::isfinite(value); })) {
    return EmbeddedImage{.size = *size, .features = *features, .error = std::nullopt};
  }
  const Error error{ErrorCode::kBadImage, "the model gave features that are not finite"};
  return EmbeddedImage{.size = *size, .features = {}, .error = error};
}

}  // namespace coulis
