// From compressed bytes to rows of RGB. Each format's reader is a file of its own; this is what they share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "coulis/image.h"
#include "coulis/result.h"
#include "image/row_sink.h"

namespace coulis::image {

using Bytes = std::span<const std::byte>;

/// Tells the format by content, decodes, applies the EXIF orientation when asked to. Returns the
/// image's own size; the sink may have got less (RowSink::Least). After an error the sink may have had some
/// of the rows. Errors: kBadImage. May throw std::bad_alloc.
[[nodiscard]] Result<ImageSize> Decode(Bytes bytes, const DecodeOptions& options, RowSink& sink);

/// The readers. Each returns the image's own size, and refuses an image over the limit before it takes memory
/// for pixels.
[[nodiscard]] Result<ImageSize> DecodeJpeg(Bytes bytes, const DecodeLimits& limits, RowSink& sink);
[[nodiscard]] Result<ImageSize> DecodePng(Bytes bytes, const DecodeLimits& limits, RowSink& sink);
[[nodiscard]] Result<ImageSize> DecodeWebp(Bytes bytes, const DecodeLimits& limits, RowSink& sink);
[[nodiscard]] Result<ImageSize> DecodeGif(Bytes bytes, const DecodeLimits& limits, RowSink& sink);
[[nodiscard]] Result<ImageSize> DecodeBmp(Bytes bytes, const DecodeLimits& limits, RowSink& sink);

/// An Error of code kBadImage.
[[nodiscard]] Error BadImage(std::string message);

/// Pillow's words for a file that ends too early; `unprocessed`: the bytes that are left at its end.
[[nodiscard]] Error Truncated(std::size_t unprocessed);

/// Refuses sides below 1 and more pixels than the limit.
[[nodiscard]] Result<ImageSize> CheckSize(std::int64_t width, std::int64_t height,
                                          const DecodeLimits& limits);

}  // namespace coulis::image
