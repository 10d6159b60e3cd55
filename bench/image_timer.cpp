// Times one image at a time, so that a driver can let others take turns (bench/decode_bench.py). Reads
// "WAY PATH" lines from standard input, where WAY is exact or fast (decode + resize to 224 x 224, as the
// pipeline does) or libjpeg (its bare decode), and answers each with the microseconds of processor time.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
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

}  // namespace

int main() {
  coulis::Preprocessor exact = Prepare(coulis::DecodeMode::kExact);
  coulis::Preprocessor fast = Prepare(coulis::DecodeMode::kFast);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kOutput.width * kOutput.height) * 3);
  std::vector<JSAMPLE> row;
  std::string way;
  std::string path;
  while (std::cin >> way >> std::ws && std::getline(std::cin, path)) {
    const std::vector<char> file = ReadAll(path);
    const double start = ProcessorMicroseconds();
    if (way == "libjpeg") {
      DecodeWithBareLibjpeg(file, row);
    } else if (const auto size = (way == "fast" ? fast : exact).Run(std::as_bytes(std::span(file)), pixels);
               !size) {
      std::fprintf(stderr, "%s: %s\n", path.c_str(), size.error().message.c_str());
      return 1;
    }
    std::cout << ProcessorMicroseconds() - start << std::endl;
  }
  return 0;
}
