#include "image/decode.h"

#include <limits>
#include <string_view>
#include <utility>

#include "image/orientation.h"

namespace coulis::image {
namespace {

using Reader = Result<ImageSize> (*)(Bytes, const DecodeLimits&, RowSink&);

/// The reader for this content; null when there is none.
Reader ReaderFor(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xFF\xD8\xFF")) return DecodeJpeg;
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return DecodePng;
  if (text.starts_with("RIFF") && text.substr(0, 15).ends_with("WEBPVP8")) return DecodeWebp;
  if (text.starts_with("GIF87a") || text.starts_with("GIF89a")) return DecodeGif;
  if (text.starts_with("BM")) return DecodeBmp;
  return nullptr;
}

bool SwapsSides(Orientation orientation) {
  return orientation == Orientation::kTranspose || orientation == Orientation::kTransverse ||
         orientation == Orientation::kRotate90 || orientation == Orientation::kRotate270;
}

ImageSize TurnedSize(ImageSize size, Orientation orientation) {
  return SwapsSides(orientation) ? ImageSize{size.height, size.width} : size;
}

/// The image must be whole before it can be turned.
Result<ImageSize> DecodeTurned(Reader reader, Bytes bytes, const DecodeLimits& limits,
                               Orientation orientation, RowSink& sink) {
  ImageSink whole(
      [&](ImageSize full) { return TurnedSize(sink.Least(TurnedSize(full, orientation)), orientation); });
  Result<ImageSize> size = reader(bytes, limits, whole);
  if (!size) return size;
  Replay(Turn(whole.image(), orientation), sink);
  return TurnedSize(*size, orientation);
}

}  // namespace

Result<ImageSize> Decode(Bytes bytes, const DecodeOptions& options, RowSink& sink) {
  if (bytes.empty()) return BadImage("the file is empty");
  if (std::cmp_greater(bytes.size(), options.limits.max_bytes)) {
    return BadImage("file of " + std::to_string(bytes.size()) + " bytes is over the limit of " +
                    std::to_string(options.limits.max_bytes) + " bytes");
  }
  const Reader reader = ReaderFor(bytes);
  if (reader == nullptr) return BadImage("not an image that Coulis reads (JPEG, PNG, WebP, GIF or BMP)");
  const Orientation orientation =
      options.exif_rotate ? OrientationOf(FindMetadata(bytes)) : Orientation::kUpright;
  if (orientation != Orientation::kUpright)
    return DecodeTurned(reader, bytes, options.limits, orientation, sink);
  return reader(bytes, options.limits, sink);
}

Error BadImage(std::string message) {
  return Error{ErrorCode::kBadImage, std::move(message)};
}

Error Truncated(std::size_t unprocessed) {
  return BadImage("image file is truncated (" + std::to_string(unprocessed) + " bytes not processed)");
}

Result<ImageSize> CheckSize(std::int64_t width, std::int64_t height, const DecodeLimits& limits) {
  constexpr std::int64_t kLongestSide = std::numeric_limits<int>::max();
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width < 1 || height < 1) return BadImage("image of " + size + " pixels has no content");
  if (width > kLongestSide || height > kLongestSide || width > limits.max_pixels / height) {
    return BadImage("image of " + size + " pixels is over the limit of " + std::to_string(limits.max_pixels) +
                    " pixels (--max-pixels)");
  }
  return ImageSize{static_cast<int>(width), static_cast<int>(height)};
}

}  // namespace coulis::image
