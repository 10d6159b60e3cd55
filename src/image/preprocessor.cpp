// The public face of the image layer.
#include <cassert>
#include <new>
#include <utility>

#include "image/decode.h"
#include "image/resizer.h"

namespace coulis {
namespace {

Error OutOfMemory() {
  return image::BadImage("not enough memory to decode this image; lower the limit of pixels");
}

}  // namespace

Result<RgbImage> DecodeRgb(std::span<const std::byte> bytes, const DecodeOptions& options) {
  try {
    image::ImageSink sink;
    const Result<ImageSize> size = image::Decode(bytes, options, sink);
    if (!size) return size.error();
    return std::move(sink.image());
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  }
}

RgbImage Resize(const RgbImage& image, ImageSize size) {
  return Resize(image, size, image::FastestResizeKernel());
}

RgbImage Resize(const RgbImage& image, ImageSize size, ResizeKernel kernel) {
  return Resize(image, ImageFit(size), kernel);
}

RgbImage Resize(const RgbImage& image, const ImageFit& fit) {
  return Resize(image, fit, image::FastestResizeKernel());
}

RgbImage Resize(const RgbImage& image, const ImageFit& fit, ResizeKernel kernel) {
  const ImageSize size = fit.size;
  assert(image.size.width >= 1 && image.size.height >= 1 && size.width >= 1 && size.height >= 1);
  RgbImage result{
      size, std::vector<std::uint8_t>(image::RowBytes(size.width) * static_cast<std::size_t>(size.height))};
  image::Resizer resizer(fit, kernel);
  resizer.SetTarget(result.pixels.data());
  image::Replay(image, resizer);
  return result;
}

class Preprocessor::Impl {
 public:
  Impl(const ImageFit& fit, const DecodeOptions& options)
      : output_(fit.size), options_(options), resizer_(fit, image::FastestResizeKernel(), options.mode) {}

  Result<ImageSize> Run(std::span<const std::byte> bytes, std::span<std::uint8_t> pixels) {
    assert(pixels.size() == image::RowBytes(output_.width) * static_cast<std::size_t>(output_.height));
    resizer_.SetTarget(pixels.data());
    return image::Decode(bytes, options_, resizer_);
  }

 private:
  ImageSize output_;
  DecodeOptions options_;
  image::Resizer resizer_;
};

Preprocessor::Preprocessor(ImageSize output, const DecodeOptions& options)
    : Preprocessor(ImageFit(output), options) {}
Preprocessor::Preprocessor(const ImageFit& fit, const DecodeOptions& options)
    : impl_(std::make_unique<Impl>(fit, options)) {}
Preprocessor::~Preprocessor() = default;
Preprocessor::Preprocessor(Preprocessor&&) noexcept = default;
Preprocessor& Preprocessor::operator=(Preprocessor&&) noexcept = default;

Result<ImageSize> Preprocessor::Run(std::span<const std::byte> bytes, std::span<std::uint8_t> pixels) {
  try {
    return impl_->Run(bytes, pixels);
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  }
}

}  // namespace coulis
