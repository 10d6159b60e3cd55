// How long one image takes: the whole preparation, the decoder alone, and the resize with each kernel.
//   image_bench [Google Benchmark's options] FILE...     JPEGs and the like; all are brought to 224 x 224
// bench/decode_bench.py lets Pillow take turns on the same files.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "bare_libjpeg.h"
#include "coulis/image.h"

namespace {

constexpr coulis::ImageSize kOutput{224, 224};

std::vector<char> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Decode and resize as the pipeline does.
void Prepare(benchmark::State& state, const std::vector<char>& file) {
  coulis::Preprocessor preprocessor(kOutput);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kOutput.width * kOutput.height) * 3);
  for (auto _ : state) {
    const auto size = preprocessor.Run(std::as_bytes(std::span(file)), pixels);
    if (!size) {
      state.SkipWithError(size.error().message.c_str());
      return;
    }
    benchmark::DoNotOptimize(pixels.data());
  }
}

void BareLibjpeg(benchmark::State& state, const std::vector<char>& file) {
  std::vector<JSAMPLE> row;
  for (auto _ : state) {
    DecodeWithBareLibjpeg(file, row);
    benchmark::DoNotOptimize(row.data());
  }
}

void ResizeWith(benchmark::State& state, const coulis::RgbImage& image, coulis::ResizeKernel kernel) {
  for (auto _ : state) benchmark::DoNotOptimize(coulis::Resize(image, kOutput, kernel));
}

void Register(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename();
  const std::vector<char> file = ReadAll(path);
  const auto image = coulis::DecodeRgb(std::as_bytes(std::span(file)));
  if (!image) {
    std::fprintf(stderr, "%s: %s\n", path.c_str(), image.error().message.c_str());
    return;
  }
  const auto add = [](const std::string& label, auto run) {
    benchmark::RegisterBenchmark(label.c_str(), run)->Unit(benchmark::kMicrosecond);
  };
  add("prepare/" + name, [file](benchmark::State& state) { Prepare(state, file); });
  if (path.ends_with(".jpg")) {
    add("libjpeg/" + name, [file](benchmark::State& state) { BareLibjpeg(state, file); });
  }
  for (const coulis::ResizeKernel kernel : coulis::AvailableResizeKernels()) {
    add("resize-" + std::string(ToString(kernel)) + "/" + name,
        [image = *image, kernel](benchmark::State& state) { ResizeWith(state, image, kernel); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 2) {
    std::fprintf(stderr, "usage: image_bench [--benchmark_...] FILE...\n");
    return 2;
  }
  for (int i = 1; i < argc; ++i) Register(argv[i]);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
