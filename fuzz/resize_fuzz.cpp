// Any pixels, any sizes: every kernel gives the scalar one's bits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "coulis/image.h"

namespace {

using coulis::ImageSize;
using coulis::RgbImage;

/// Sides of 1 to 256 pixels from the first four bytes, now and then a longer one.
int Side(const std::uint8_t* data, std::size_t size, std::size_t index) {
  const int side = index < size ? data[index] + 1 : 1;
  return side == 250 ? 1500 : side;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ImageSize from{Side(data, size, 0), Side(data, size, 1)};
  const ImageSize to{Side(data, size, 2), Side(data, size, 3)};
  RgbImage image{
      from, std::vector<std::uint8_t>(std::size_t{3} * static_cast<std::size_t>(from.width * from.height))};
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = size > 4 ? data[4 + i % (size - 4)] : 255;
  }
  const RgbImage expected = coulis::Resize(image, to, coulis::ResizeKernel::kScalar);
  for (const coulis::ResizeKernel kernel : coulis::AvailableResizeKernels()) {
    if (coulis::Resize(image, to, kernel).pixels != expected.pixels) std::abort();
  }
  return 0;
}
