// Times one image at a time, so that a driver can let others take turns (bench/decode_bench.py). Reads
// "WAY PATH" lines from standard input, where WAY is exact or fast (decode + resize to 224 x 224, as the
// pipeline does), libjpeg (its bare decode), or resize-NAME (the resize alone, with that kernel), and answers
// each with the microseconds of processor time. With any argument it only names the kernels, slowest first.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bare_libjpeg.h"
#include "coulis/image.h"

namespace {

constexpr coulis::ImageSize kOutput{224, 224};

double ProcessorMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

std::vector<char> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

coulis::Preprocessor Prepare(coulis::DecodeMode mode) {
  return coulis::Preprocessor(kOutput, coulis::DecodeOptions{.limits = {}, .mode = mode});
}

[[noreturn]] void Stop(const std::string& path, const std::string& message) {
  std::fprintf(stderr, "%s: %s\n", path.c_str(), message.c_str());
  std::exit(1);
}

coulis::ResizeKernel KernelNamed(std::string_view name) {
  for (const coulis::ResizeKernel kernel : coulis::AvailableResizeKernels()) {
    if (coulis::ToString(kernel) == name) return kernel;
  }
  Stop(std::string(name), "this processor has no such kernel");
}

/// Does one job after the other, with buffers kept.
class Timer {
 public:
  double Microseconds(const std::string& way, const std::string& path) {
    constexpr std::string_view kResize = "resize-";
    if (way.starts_with(kResize)) return Resize(KernelNamed(way.substr(kResize.size())), path);
    const std::vector<char> file = ReadAll(path);
    const double start = ProcessorMicroseconds();
    if (way == "libjpeg") {
      DecodeWithBareLibjpeg(file, row_);
    } else if (const auto size =
                   (way == "fast" ? fast_ : exact_).Run(std::as_bytes(std::span(file)), pixels_);
               !size) {
      Stop(path, size.error().message);
    }
    return ProcessorMicroseconds() - start;
  }

 private:
  double Resize(coulis::ResizeKernel kernel, const std::string& path) {
    if (path != decoded_path_) {
      const std::vector<char> file = ReadAll(path);
      auto image = coulis::DecodeRgb(std::as_bytes(std::span(file)));
      if (!image) Stop(path, image.error().message);
      decoded_ = *std::move(image);
      decoded_path_ = path;
    }
    const double start = ProcessorMicroseconds();
    const coulis::RgbImage resized = coulis::Resize(decoded_, kOutput, kernel);
    return resized.pixels.empty() ? 0 : ProcessorMicroseconds() - start;
  }

  coulis::Preprocessor exact_ = Prepare(coulis::DecodeMode::kExact);
  coulis::Preprocessor fast_ = Prepare(coulis::DecodeMode::kFast);
  std::vector<std::uint8_t> pixels_ =
      std::vector<std::uint8_t>(static_cast<std::size_t>(kOutput.width * kOutput.height) * 3);
  std::vector<JSAMPLE> row_;
  std::string decoded_path_;
  coulis::RgbImage decoded_;
};

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    for (const coulis::ResizeKernel kernel : coulis::AvailableResizeKernels())
      std::cout << coulis::ToString(kernel) << '\n';
    return 0;
  }
  Timer timer;
  std::string way;
  std::string path;
  while (std::cin >> way >> std::ws && std::getline(std::cin, path))
    std::cout << timer.Microseconds(way, path) << std::endl;
  return 0;
}
