// One image into its feature vector: consumer MODEL IMAGE
#include <coulis/engine.h>
#include <coulis/image.h>
#include <coulis/model.h>

#include <cstddef>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>

namespace {

coulis::Result<void> Embed(const std::string& model_name, const std::string& image) {
  const auto model = coulis::OpenModel(model_name);
  if (!model) return model.error();
  const auto engine = coulis::Engine::Load(*model, {});
  if (!engine) return engine.error();
  auto request = engine->NewRequest();
  if (!request) return request.error();

  std::ifstream file(image, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  coulis::Preprocessor preprocessor(engine->input_size());
  const auto size = preprocessor.Run(std::as_bytes(std::span(bytes)), request->input());
  if (!size) return coulis::WithContext(size.error(), image);
  const auto features = request->Run();
  if (!features) return features.error();

  std::cout << image << ": " << size->width << " x " << size->height << ", " << features->size()
            << " features:";
  for (const float feature : features->first(4)) std::cout << ' ' << feature;
  std::cout << " ...\n";
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: consumer MODEL IMAGE\n";
    return 2;
  }
  if (const auto done = Embed(argv[1], argv[2]); !done) {
    std::cerr << "error: " << done.error().message << '\n';
    return 1;
  }
}
