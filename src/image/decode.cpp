#include "image/decode.h"

#include <limits>
#include <string_view>
#include <utility>

namespace coulis::image {
namespace {

enum class Format { kUnknown, kJpeg, kPng };

Format Detect(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xFF\xD8\xFF")) return Format::kJpeg;
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return Format::kPng;
  return Format::kUnknown;
}

Result<ImageSize> DecodeAs(Format format, Bytes bytes, const DecodeLimits& limits, RowSink& sink) {
  switch (format) {
    case Format::kJpeg:
      return DecodeJpeg(bytes, limits, sink);
    case Format::kPng:
      return DecodePng(bytes, limits, sink);
    case Format::kUnknown:
      break;
  }
  return BadImage("not an image that Coulis reads (JPEG, PNG, WebP, GIF or BMP)");
}

}  // namespace

Result<ImageSize> Decode(Bytes bytes, const DecodeOptions& options, RowSink& sink) {
  if (bytes.empty()) return BadImage("the file is empty");
  if (std::cmp_greater(bytes.size(), options.limits.max_bytes)) {
    return BadImage("file of " + std::to_string(bytes.size()) + " bytes is over the limit of " +
                    std::to_string(options.limits.max_bytes) + " bytes");
  }
  return DecodeAs(Detect(bytes), bytes, options.limits, sink);
}

Error BadImage(std::string message) { return Error{ErrorCode::kBadImage, std::move(message)}; }

Error Truncated(std::size_t unprocessed) {
  return BadImage("image file is truncated (" + std::to_string(unprocessed) + " bytes not processed)");
}

Result<ImageSize> CheckSize(std::int64_t width, std::int64_t height, const DecodeLimits& limits) {
  constexpr std::int64_t kLongestSide = std::numeric_limits<int>::max();
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width < 1 || height < 1) return BadImage("image of " + size + " pixels has no content");
  if (width > kLongestSide || height > kLongestSide || width > limits.max_pixels / height) {
    return BadImage("image of " + size + " pixels is over the limit of " + std::to_string(limits.max_pixels) +
                    " pixels");
  }
  return ImageSize{static_cast<int>(width), static_cast<int>(height)};
}

}  // namespace coulis::image
