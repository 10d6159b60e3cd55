// Compressed bytes in, the model's input pixels out: decoded and resized exactly as Pillow does.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "coulis/export.h"
#include "coulis/result.h"

namespace coulis {

/// Limits that stop a decompression bomb before memory is taken for it.
struct DecodeLimits {
  /// Largest width x height, in pixels. Default: 89,478,485, where Pillow begins to warn of a bomb.
  std::int64_t max_pixels = 89'478'485;
  /// Largest compressed image, in bytes. Default: 256 MiB.
  std::int64_t max_bytes = std::int64_t{256} << 20;
};

/// How much of a compressed image is decoded when it is going to be shrunk.
enum class DecodeMode {
  kExact,  ///< Every pixel: what Pillow's `Image.open(f).resize(size)` gives, to the bit.
  /// A JPEG's blocks are decoded to 1/2, 1/4 or 1/8 of their side, as much as leaves at least the pixels that
  /// the resize makes: what Pillow gives after `image.draft(None, size)`, to the bit. Several times as fast
  /// for large photographs, at a small cost in the features (docs/performance.md). Other formats: as kExact.
  kFast,
};

/// "exact" or "fast".
[[nodiscard]] inline std::string_view ToString(DecodeMode mode) {
  return mode == DecodeMode::kFast ? "fast" : "exact";
}

/// How compressed bytes become RGB.
struct DecodeOptions {
  DecodeLimits limits;
  /// Apply the EXIF orientation, as Pillow's ImageOps.exif_transpose does. Default: false, as Image.open does
  /// not either. An orientation that cannot be read counts as none.
  bool exif_rotate = false;
  /// Default: exact. Only the Preprocessor, which knows what the image is for, can be fast.
  DecodeMode mode = DecodeMode::kExact;
};

/// Width and height of an image, in pixels.
struct ImageSize {
  int width = 0;
  int height = 0;
  bool operator==(const ImageSize&) const = default;
};

/// Pillow's resampling filters, antialiased when shrinking.
enum class ResizeFilter {
  kBicubic,   ///< Keys' cubic with a = -0.5: Image.resize's default.
  kBilinear,  ///< The triangle.
};

/// "bicubic" or "bilinear".
[[nodiscard]] inline std::string_view ToString(ResizeFilter filter) {
  return filter == ResizeFilter::kBilinear ? "bilinear" : "bicubic";
}

/// How an image of any size becomes one of `size`.
struct ImageFit {
  // Not explicit: a size by itself means stretching.
  // NOLINTNEXTLINE(google-explicit-constructor)
  ImageFit(ImageSize output, ResizeFilter by = ResizeFilter::kBicubic, int shorter = 0)
      : size(output), filter(by), shorter_side(shorter) {}
  bool operator==(const ImageFit&) const = default;

  ImageSize size;
  ResizeFilter filter;
  /// 0: stretched to `size` (Pillow's Image.resize). Else resized until the shorter side has this many
  /// pixels, then cut to `size` around the centre, with black where the image is smaller: torchvision's
  /// transforms.Resize(shorter_side), transforms.CenterCrop(size) on PIL images.
  int shorter_side;
};

/// Interleaved RGB, 8 bits a channel, rows from the top without padding: pixels.size() == width * height * 3.
struct RgbImage {
  ImageSize size;
  std::vector<std::uint8_t> pixels;
};

/// The instruction set of a resize kernel. All give the same bits.
enum class ResizeKernel { kScalar, kAvx2, kAvx512, kNeon };

/// The kernels that this build holds and this processor runs, slowest first; kScalar is always there.
[[nodiscard]] COULIS_EXPORT std::vector<ResizeKernel> AvailableResizeKernels();

/// "scalar", "avx2", "avx512" or "neon".
[[nodiscard]] COULIS_EXPORT std::string_view ToString(ResizeKernel kernel);

/// Decodes JPEG, PNG, WebP, BMP or GIF (first frame), told apart by content, to what Pillow 13 gives for
/// `Image.open(f).convert("RGB")`, bit for bit. Thread-safe.
/// Errors: kBadImage with the reason (truncated: with the byte count, as Pillow words it).
[[nodiscard]] COULIS_EXPORT Result<RgbImage> DecodeRgb(std::span<const std::byte> bytes,
                                                       const DecodeOptions& options = {});

/// Pillow 13's `image.resize(size)` (bicubic, a = -0.5, antialiased when shrinking), bit for bit: 8-bit fixed
/// point with 22 bits of precision (Pillow, src/libImaging/Resample.c), the horizontal pass first or the
/// vertical one as Pillow does (docs/decisions/010-resize-exactly-as-pillow.md). Any size from 1 x 1.
/// Thread-safe. The first form takes the fastest kernel that the processor runs.
[[nodiscard]] COULIS_EXPORT RgbImage Resize(const RgbImage& image, ImageSize size);
[[nodiscard]] COULIS_EXPORT RgbImage Resize(const RgbImage& image, ImageSize size, ResizeKernel kernel);

/// The same with any fit, bit for bit what Pillow, or torchvision on PIL images, gives.
[[nodiscard]] COULIS_EXPORT RgbImage Resize(const RgbImage& image, const ImageFit& fit);
[[nodiscard]] COULIS_EXPORT RgbImage Resize(const RgbImage& image, const ImageFit& fit, ResizeKernel kernel);

/// An image without what a camera or a program wrote beside its pixels.
struct StrippedImage {
  std::vector<std::byte> bytes;
  /// The EXIF orientation, 1 to 8; other than 1 it is kept, as the only metadata, so that the image stays as
  /// it is shown.
  int orientation = 1;
  bool supported = true;  ///< False: neither JPEG nor PNG nor WebP; `bytes` are as they were.
};

/// Leaves out EXIF (with places, times, cameras, thumbnails), XMP, IPTC, comments, texts, what follows the
/// image's end, and all that is not known to matter to its pixels. The compressed pixels, colour profiles
/// (ICC) and transparency stay as they are, to the bit: it decodes to the same pixels. Thread-safe. Errors:
/// kBadImage (the file ends before its pixels, or is no sequence of segments).
[[nodiscard]] COULIS_EXPORT Result<StrippedImage> StripMetadata(std::span<const std::byte> bytes);

/// Decode + resize in one streaming pass, with buffers kept from image to image: equals
/// `Resize(DecodeRgb(bytes), fit)` to the bit, but for DecodeMode::kFast. One per thread; not thread-safe.
class COULIS_EXPORT Preprocessor {
 public:
  /// `output`: the size that the model wants, `fit`: and how images get there. All sides ≥ 1.
  explicit Preprocessor(ImageSize output, const DecodeOptions& options = {});
  explicit Preprocessor(const ImageFit& fit, const DecodeOptions& options = {});
  ~Preprocessor();
  Preprocessor(Preprocessor&&) noexcept;
  Preprocessor& operator=(Preprocessor&&) noexcept;

  /// Writes output.height x output.width x 3 bytes (NHWC) to `pixels`, which must have exactly that size, and
  /// returns the image's own size before the resize. On an error `pixels` holds nothing of use.
  [[nodiscard]] Result<ImageSize> Run(std::span<const std::byte> bytes, std::span<std::uint8_t> pixels);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coulis
