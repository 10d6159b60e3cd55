#include "image/row_sink.h"

#include <cstring>

namespace coulis::image {

void ImageSink::Begin(ImageSize size) {
  image_.size = size;
  image_.pixels.assign(RowBytes(size.width) * static_cast<std::size_t>(size.height), 0);
  next_ = 0;
}

void Replay(const RgbImage& image, RowSink& sink) {
  sink.Begin(image.size);
  const std::size_t bytes = RowBytes(image.size.width);
  for (int y = 0; y < image.size.height; ++y) {
    std::memcpy(sink.Row(), image.pixels.data() + static_cast<std::size_t>(y) * bytes, bytes);
    sink.EndRow();
  }
}

}  // namespace coulis::image
