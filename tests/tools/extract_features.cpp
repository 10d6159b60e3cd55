// Features of images that were decoded elsewhere, for the tests that compare them with another engine's:
// extract_features MODEL [LAYER] reads u8 RGB pixels of the model's input size, image after image, from
// standard input and writes the features as little-endian f32 to standard output.
#include <cstdio>
#include <string>

#include "coulis/engine.h"
#include "coulis/model.h"

namespace {

int Fail(const coulis::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return Fail({coulis::ErrorCode::kInvalidArgument, "usage: extract_features MODEL [LAYER]"});
  const auto model = coulis::OpenModel(argv[1]);
  if (!model) return Fail(model.error());
  coulis::EngineOptions options;
  if (argc > 2) options.layer = argv[2];
  const auto engine = coulis::Engine::Load(*model, options);
  if (!engine) return Fail(engine.error());
  auto request = engine->NewRequest();
  if (!request) return Fail(request.error());
  while (std::fread(request->input().data(), 1, request->input().size(), stdin) == request->input().size()) {
    const auto features = request->Run();
    if (!features) return Fail(features.error());
    if (std::fwrite(features->data(), sizeof(float), features->size(), stdout) != features->size()) return 1;
  }
  return 0;
}
