// GIF through giflib: the first frame, laid on the screen as Pillow lays it.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gif_lib.h>

#include "image/decode.h"
#include "image/gif_lzw.h"
#include "image/palette.h"

namespace coulis::image {
namespace {

/// What giflib reads from.
struct Input {
  Bytes bytes;
  std::size_t position = 0;
  /// Set when giflib asked for more than there is: the bytes of the block that is cut off, its length
  /// included.
  std::optional<std::size_t> cut_off;
};

int ReadInput(GifFileType* gif, GifByteType* out, int count) {
  Input& input = *static_cast<Input*>(gif->UserData);
  const std::size_t wanted = static_cast<std::size_t>(count);
  const std::size_t read = std::min(wanted, input.bytes.size() - input.position);
  std::memcpy(out, input.bytes.data() + input.position, read);
  input.position += read;
  // A block's length is read on its own; it counts to the block that is cut off.
  if (read < wanted) input.cut_off = wanted == 1 ? 0 : read + 1;
  return static_cast<int>(read);
}

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};
using GifHandle = std::unique_ptr<GifFileType, CloseGif>;

Error GifError(const Input& input, int code) {
  if (input.cut_off) return Truncated(*input.cut_off);
  const char* reason = GifErrorString(code);
  return BadImage(std::string("broken GIF file: ") + (reason != nullptr ? reason : "unknown error"));
}

/// Reads one extension; returns the transparent index when it is a graphic control block that names one.
std::optional<std::uint8_t> ReadExtension(GifFileType* gif, bool& ok) {
  int code = 0;
  GifByteType* block = nullptr;
  std::optional<std::uint8_t> transparent;
  ok = DGifGetExtension(gif, &code, &block) == GIF_OK;
  if (ok && code == GRAPHICS_EXT_FUNC_CODE && block != nullptr && block[0] >= 4 && (block[1] & 1) != 0) {
    transparent = block[4];
  }
  while (ok && block != nullptr) ok = DGifGetExtensionNext(gif, &block) == GIF_OK;
  return transparent;
}

struct FirstFrame {
  GifImageDesc image;
  std::optional<std::uint8_t> transparent;
};

/// Skips to the first image and reads its description.
Result<FirstFrame> FindFrame(GifFileType* gif, const Input& input) {
  FirstFrame frame{};
  for (;;) {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &record) != GIF_OK) {
      if (gif->Error == D_GIF_ERR_WRONG_RECORD) continue;  // junk between blocks
      return GifError(input, gif->Error);
    }
    if (record == TERMINATE_RECORD_TYPE) return BadImage("GIF file without an image");
    bool ok = true;
    if (record == IMAGE_DESC_RECORD_TYPE) {
      ok = DGifGetImageDesc(gif) == GIF_OK;
      frame.image = gif->Image;
    } else if (const auto transparent = ReadExtension(gif, ok)) {
      frame.transparent = transparent;
    }
    if (!ok) return GifError(input, gif->Error);
    if (record == IMAGE_DESC_RECORD_TYPE) return frame;
  }
}

/// The local palette, else the global one, else (as for a palette of plain grey levels) grey.
Palette PaletteOf(const GifFileType& gif, const FirstFrame& frame) {
  const ColorMapObject* map = frame.image.ColorMap != nullptr ? frame.image.ColorMap : gif.SColorMap;
  const Palette greys = Palette::Greys();
  if (map == nullptr) return greys;
  Palette palette;
  const auto count = static_cast<std::size_t>(std::clamp(map->ColorCount, 0, 256));
  for (std::size_t i = 0; i < count; ++i) {
    palette.colors[i] = {map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue};
  }
  return std::equal(palette.colors.begin(), palette.colors.begin() + static_cast<std::ptrdiff_t>(count),
                    greys.colors.begin())
             ? greys
             : palette;
}

/// The line that the n-th line in the file is, in a picture of `height` lines sent in four passes.
class InterlacedOrder {
 public:
  explicit InterlacedOrder(int height) : height_(height) {}
  int Next() {
    while (next_ >= height_) {
      next_ = kStart[++pass_];
    }
    const int line = next_;
    next_ += kStep[pass_];
    return line;
  }

 private:
  static constexpr int kStart[] = {0, 4, 2, 1};
  static constexpr int kStep[] = {8, 8, 4, 2};
  int height_;
  int pass_ = 0;
  int next_ = 0;
};

/// Gives the frame's lines from top to bottom.
class FrameLines {
 public:
  FrameLines(GifFileType* gif, const GifImageDesc& image, int code_size)
      : pixels_(gif, code_size),
        width_(static_cast<std::size_t>(image.Width)),
        interlaced_(image.Interlace),
        lines_(interlaced_ ? width_ * static_cast<std::size_t>(image.Height) : 0) {}

  /// Of an interlaced frame, reads all lines before the first is asked for.
  [[nodiscard]] GifPixels::Status Prepare(int height) {
    InterlacedOrder order(height);
    for (int i = 0; interlaced_ && i < height; ++i) {
      const auto status = pixels_.Read(Line(order.Next()), width_);
      if (status != GifPixels::Status::kOk) return status;
    }
    return GifPixels::Status::kOk;
  }

  /// Copies line `y` to `out`.
  [[nodiscard]] GifPixels::Status Get(int y, std::uint8_t* out) {
    if (!interlaced_) return pixels_.Read(out, width_);
    std::copy_n(Line(y), width_, out);
    return GifPixels::Status::kOk;
  }

 private:
  [[nodiscard]] std::uint8_t* Line(int y) { return lines_.data() + static_cast<std::size_t>(y) * width_; }

  GifPixels pixels_;
  std::size_t width_;
  bool interlaced_;
  std::vector<std::uint8_t> lines_;
};

Error PixelError(const Input& input, GifPixels::Status status, int code) {
  return status == GifPixels::Status::kBroken ? BadImage("broken GIF data") : GifError(input, code);
}

}  // namespace

Result<ImageSize> DecodeGif(Bytes bytes, const DecodeLimits& limits, RowSink& sink) {
  Input input{.bytes = bytes, .position = 0, .cut_off = {}};
  int open_error = 0;
  const GifHandle gif(DGifOpen(&input, ReadInput, &open_error));
  if (!gif) return GifError(input, open_error);
  const Result<FirstFrame> frame = FindFrame(gif.get(), input);
  if (!frame) return frame.error();
  const GifImageDesc& image = frame->image;
  // A frame that sticks out makes the screen larger.
  Result<ImageSize> size = CheckSize(std::max(gif->SWidth, image.Left + image.Width),
                                     std::max(gif->SHeight, image.Top + image.Height), limits);
  if (!size) return size;
  if (image.Width == 0 || image.Height == 0) return BadImage("GIF file whose first image is empty");

  const int code_size = std::to_integer<int>(bytes[input.position - 1]);  // read last by DGifGetImageDesc
  FrameLines lines(gif.get(), image, code_size);
  auto status = lines.Prepare(image.Height);
  const Palette palette = PaletteOf(*gif, *frame);
  std::vector<std::uint8_t> indices(static_cast<std::size_t>(size->width));
  sink.Begin(*size);
  for (int y = 0; y < size->height && status == GifPixels::Status::kOk; ++y) {
    std::fill(indices.begin(), indices.end(), frame->transparent.value_or(0));
    if (y >= image.Top && y < image.Top + image.Height)
      status = lines.Get(y - image.Top, indices.data() + image.Left);
    ApplyPalette(palette, indices.data(), indices.size(), sink.Row());
    sink.EndRow();
  }
  if (status != GifPixels::Status::kOk) return PixelError(input, status, gif->Error);
  return size;
}

}  // namespace coulis::image
