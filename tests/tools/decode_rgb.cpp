// Decodes and resizes images for the comparison with Pillow. Reads one job a line from standard input,
//   SIZE ROTATE KERNEL PATH      e.g.  224x224 0 - /data/apple.jpg
// where SIZE may be "-" (no resize) or end in "/256" (bilinear, shorter side to 256, then a centre crop),
// ROTATE is 0 or 1 (apply the EXIF orientation) and KERNEL may be "-" (the Preprocessor, as the product uses
// it), "fast" (the same with DecodeMode::kFast) or the name of a kernel (DecodeRgb, then Resize). Answers
// each with
//   ok WIDTH HEIGHT OUT_WIDTH OUT_HEIGHT   and the raw RGB bytes, or
//   error MESSAGE
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "coulis/image.h"

namespace {

using coulis::DecodeOptions;
using coulis::ImageSize;
using coulis::RgbImage;

struct Job {
  ImageSize size;  // 0 x 0: no resize
  int shorter_side = 0;
  DecodeOptions options;
  std::string kernel;
  std::string path;
};

Job ParseJob(const std::string& line) {
  std::istringstream in(line);
  std::string size;
  Job job;
  in >> size >> job.options.exif_rotate >> job.kernel >> std::ws;
  std::getline(in, job.path);
  if (job.kernel == "fast") job.options.mode = coulis::DecodeMode::kFast;
  if (size != "-")
    std::sscanf(size.c_str(), "%dx%d/%d", &job.size.width, &job.size.height, &job.shorter_side);
  return job;
}

coulis::ImageFit FitOf(const Job& job) {
  if (job.shorter_side == 0) return job.size;
  return {job.size, coulis::ResizeFilter::kBilinear, job.shorter_side};
}

std::vector<char> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Answer {
  ImageSize own;
  RgbImage image;
};

coulis::Result<Answer> Preprocess(std::span<const std::byte> bytes, const Job& job) {
  Answer answer{
      {},
      {job.size, std::vector<std::uint8_t>(static_cast<std::size_t>(job.size.width * job.size.height) * 3)}};
  auto own = coulis::Preprocessor(FitOf(job), job.options).Run(bytes, answer.image.pixels);
  if (!own) return own.error();
  answer.own = *own;
  return answer;
}

coulis::Result<Answer> Process(std::span<const std::byte> bytes, const Job& job) {
  const bool resize = job.size.width > 0;
  if (resize && (job.kernel == "-" || job.kernel == "fast")) return Preprocess(bytes, job);
  auto image = coulis::DecodeRgb(bytes, job.options);
  if (!image) return image.error();
  const ImageSize own = image->size;
  if (!resize) return Answer{own, std::move(*image)};
  for (const coulis::ResizeKernel kernel : coulis::AvailableResizeKernels()) {
    if (coulis::ToString(kernel) == job.kernel)
      return Answer{own, coulis::Resize(*image, FitOf(job), kernel)};
  }
  return coulis::Error{coulis::ErrorCode::kInvalidArgument, "no kernel " + job.kernel};
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const Job job = ParseJob(line);
    const std::vector<char> bytes = ReadAll(job.path);
    const auto answer = Process(std::as_bytes(std::span(bytes)), job);
    if (!answer) {
      std::cout << "error " << answer.error().message << '\n' << std::flush;
      continue;
    }
    const auto& [own, image] = *answer;
    std::cout << "ok " << own.width << ' ' << own.height << ' ' << image.size.width << ' '
              << image.size.height << '\n';
    std::cout.write(reinterpret_cast<const char*>(image.pixels.data()),
                    static_cast<std::streamsize>(image.pixels.size()));
    std::cout << std::flush;
  }
}
