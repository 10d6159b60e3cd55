// WebP through libwebp; of an animation the first frame, on a black canvas.
#include <memory>
#include <string>

#include <webp/decode.h>
#include <webp/demux.h>

#include "image/byte_reader.h"
#include "image/decode.h"

namespace coulis::image {
namespace {

struct DeleteDemuxer {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};

struct Frame : WebPIterator {
  ~Frame() { WebPDemuxReleaseIterator(this); }
};

Error ContainerError(Bytes bytes) {
  constexpr std::size_t kRiffHeader = 8;
  const auto declared = ReadNumber<4>(bytes, 4, ByteOrder::kLittle);
  if (declared && *declared + kRiffHeader > bytes.size()) {
    return BadImage("image file is truncated (" + std::to_string(bytes.size()) + " of " +
                    std::to_string(*declared + kRiffHeader) + " bytes)");
  }
  return BadImage("broken WebP file");
}

/// Decodes the frame to its place on the canvas.
bool DecodeFrame(const WebPIterator& frame, RgbImage& canvas) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return false;
  const std::size_t stride = RowBytes(canvas.size.width);
  const std::size_t offset = static_cast<std::size_t>(frame.y_offset) * stride + RowBytes(frame.x_offset);
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = canvas.pixels.data() + offset;
  config.output.u.RGBA.stride = static_cast<int>(stride);
  config.output.u.RGBA.size = canvas.pixels.size() - offset;
  return WebPDecode(frame.fragment.bytes, frame.fragment.size, &config) == VP8_STATUS_OK;
}

}  // namespace

Result<ImageSize> DecodeWebp(Bytes bytes, const DecodeLimits& limits, RowSink& sink) {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  const std::unique_ptr<WebPDemuxer, DeleteDemuxer> demuxer(WebPDemux(&data));
  if (!demuxer) return ContainerError(bytes);
  Result<ImageSize> size = CheckSize(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
                                     WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT), limits);
  if (!size) return size;
  Frame frame{};
  if (!WebPDemuxGetFrame(demuxer.get(), 1, &frame)) return BadImage("WebP file without a frame");

  ImageSink canvas;
  canvas.Begin(*size);
  if (!DecodeFrame(frame, canvas.image())) return BadImage("broken WebP data");
  Replay(canvas.image(), sink);
  return size;
}

}  // namespace coulis::image
