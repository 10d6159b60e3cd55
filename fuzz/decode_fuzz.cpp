// Any bytes: no crash, no more memory than the limits allow, and the two ways to the model's pixels agree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "coulis/image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  constexpr coulis::ImageSize kOutput{32, 24};
  const coulis::DecodeOptions options{.limits = {.max_pixels = 1 << 20, .max_bytes = 1 << 20},
                                      .exif_rotate = size % 2 == 1};

  const auto image = coulis::DecodeRgb(bytes, options);
  coulis::Preprocessor preprocessor(kOutput, options);
  std::vector<std::uint8_t> pixels(std::size_t{3} * kOutput.width * kOutput.height);
  const auto streamed = preprocessor.Run(bytes, pixels);

  if (image.ok() != streamed.ok()) std::abort();
  if (image && coulis::Resize(*image, kOutput).pixels != pixels) std::abort();

  coulis::DecodeOptions fast = options;
  fast.mode = coulis::DecodeMode::kFast;
  (void)coulis::Preprocessor(kOutput, fast).Run(bytes, pixels);
  return 0;
}
