// PNG: libpng inflates, unfilters and widens; the chunks around the pixels are read by png_chunks.
#include <png.h>

#include <array>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <vector>

#include "image/decode.h"
#include "image/png_chunks.h"

// NOLINTBEGIN(modernize-avoid-setjmp-longjmp): libpng knows no other way to report an error

namespace coulis::image {
namespace {

/// Pillow's "I;16" to RGB: values above 255 are clipped, not scaled.
void ConvertGrey16(const std::uint8_t* grey, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, grey += 2, rgb += 3) {
    const std::uint8_t value = grey[0] == 0 ? grey[1] : 255;
    rgb[0] = rgb[1] = rgb[2] = value;
  }
}

/// libpng's push reader. It reports an error by longjmp, which runs no destructor: so the functions between
/// setjmp and libpng hold no object that has one, and this class outlives them.
class PngReader {
 public:
  PngReader(const PngHeader& header, ImageSize size, RowSink& sink);
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Gives libpng one chunk; false on an error. Rows go to the sink as they become complete.
  [[nodiscard]] bool Feed(const char* type, Bytes data);
  [[nodiscard]] bool FeedHeader();
  [[nodiscard]] bool done() const { return rows_done_ == size_.height; }
  [[nodiscard]] const char* message() const { return message_; }
  /// Interlaced pixels come in seven passes: they can go to the sink only when all are there.
  void Finish();

 private:
  static PngReader& Of(png_structp png) { return *static_cast<PngReader*>(png_get_progressive_ptr(png)); }
  static void OnError(png_structp png, png_const_charp message);
  static void OnInfo(png_structp png, png_infop info);
  static void OnRow(png_structp png, png_bytep row, png_uint_32 y, int pass);
  [[nodiscard]] bool SetUp();
  [[nodiscard]] bool Process(const void* data, std::size_t size);
  void Emit(const std::uint8_t* row);
  [[nodiscard]] std::uint8_t* InterlacedRow(int y) {
    return interlaced_.data() + static_cast<std::size_t>(y) * row_bytes_;
  }

  const PngHeader& header_;
  ImageSize size_;
  RowSink& sink_;
  bool grey16_;
  std::size_t row_bytes_;
  std::vector<std::uint8_t> interlaced_;
  int rows_done_ = 0;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_{};
  char message_[128] = "";
};

PngReader::PngReader(const PngHeader& header, ImageSize size, RowSink& sink)
    : header_(header),
      size_(size),
      sink_(sink),
      grey16_(header.color_type == PNG_COLOR_TYPE_GRAY && header.bit_depth == 16),
      row_bytes_(static_cast<std::size_t>(size.width) * (grey16_ ? 2 : 3)) {
  if (header.interlaced) interlaced_.resize(row_bytes_ * static_cast<std::size_t>(size.height));
}

void PngReader::OnError(png_structp png, png_const_charp message) {
  auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
  std::strncpy(reader.message_, message, sizeof reader.message_ - 1);
  std::longjmp(reader.jump_, 1);
}

void PngReader::OnInfo(png_structp png, png_infop info) {
  const PngReader& reader = Of(png);
  if (!reader.grey16_) {
    png_set_strip_16(png);  // keeps the high byte, as Pillow does
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_palette_to_rgb(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != reader.row_bytes_) png_error(png, "unexpected row length");
}

void PngReader::OnRow(png_structp png, png_bytep row, png_uint_32 y, int pass) {
  PngReader& reader = Of(png);
  const int line = static_cast<int>(y);
  if (!reader.header_.interlaced) {
    reader.Emit(row);
    reader.rows_done_ = line + 1;
  } else {
    if (row != nullptr) png_progressive_combine_row(png, reader.InterlacedRow(line), row);
    if (pass == 6) reader.rows_done_ = line + 1;
  }
}

bool PngReader::SetUp() {
  if (setjmp(jump_) != 0) return false;
  png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, OnError, [](png_structp, png_const_charp) {});
  if (png_ == nullptr) return false;
  info_ = png_create_info_struct(png_);
  if (info_ == nullptr) return false;
  png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_crc_action(png_, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_benign_errors(png_, 0);  // broken compressed data is one of them
  png_set_progressive_read_fn(png_, this, OnInfo, OnRow, nullptr);
  return true;
}

bool PngReader::Process(const void* data, std::size_t size) {
  if (setjmp(jump_) != 0) return false;
  // libpng's push reader takes its input as non-const, but only reads it.
  png_process_data(png_, info_, static_cast<png_bytep>(const_cast<void*>(data)), size);
  return true;
}

bool PngReader::Feed(const char* type, Bytes data) {
  std::array<std::uint8_t, 8> head{};
  png_save_uint_32(head.data(), static_cast<png_uint_32>(data.size()));
  std::memcpy(head.data() + 4, type, 4);
  constexpr std::array<std::uint8_t, 4> kUncheckedSum{};
  return Process(head.data(), head.size()) && Process(data.data(), data.size()) &&
         (done() || Process(kUncheckedSum.data(), kUncheckedSum.size()));
}

bool PngReader::FeedHeader() {
  if (!SetUp()) return false;
  constexpr std::array<std::uint8_t, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  std::array<std::uint8_t, 13> ihdr{};
  png_save_uint_32(ihdr.data(), header_.width);
  png_save_uint_32(ihdr.data() + 4, header_.height);
  ihdr[8] = static_cast<std::uint8_t>(header_.bit_depth);
  ihdr[9] = static_cast<std::uint8_t>(header_.color_type);
  ihdr[12] = header_.interlaced ? 1 : 0;
  if (!Process(kSignature.data(), kSignature.size())) return false;
  if (!Feed("IHDR", std::as_bytes(std::span(ihdr)))) return false;
  if (header_.color_type != PNG_COLOR_TYPE_PALETTE) return true;
  constexpr std::array<std::byte, 3> kBlack{};  // what Pillow takes when there is no palette
  const std::size_t colors =
      std::min<std::size_t>(header_.palette.size() / 3, std::size_t{1} << header_.bit_depth);
  return Feed("PLTE", colors == 0 ? Bytes(kBlack) : header_.palette.first(colors * 3));
}

void PngReader::Emit(const std::uint8_t* row) {
  std::uint8_t* out = sink_.Row();
  if (grey16_) {
    ConvertGrey16(row, size_.width, out);
  } else {
    std::memcpy(out, row, row_bytes_);
  }
  sink_.EndRow();
}

void PngReader::Finish() {
  if (!header_.interlaced) return;
  for (int y = 0; y < size_.height; ++y) Emit(InterlacedRow(y));
}

}  // namespace

Result<ImageSize> DecodePng(Bytes bytes, const DecodeLimits& limits, RowSink& sink) {
  const Result<PngHeader> header = ReadPngHeader(bytes);
  if (!header) return header.error();
  Result<ImageSize> size = CheckSize(header->width, header->height, limits);
  if (!size) return size;

  PngReader reader(*header, *size, sink);
  sink.Begin(*size);
  if (!reader.FeedHeader()) return BadImage(std::string("broken PNG header: ") + reader.message());
  std::size_t offset = header->data_offset;
  while (!reader.done()) {
    const Result<PngChunk> chunk = ReadChunk(bytes, offset);
    if (!chunk) return chunk.error();
    if (chunk->type != "IDAT") return Truncated(0);
    if (!reader.Feed("IDAT", chunk->data))
      return BadImage(std::string("broken PNG data: ") + reader.message());
    if (!chunk->complete() && !reader.done()) return Truncated(0);
    offset = chunk->end + 4;
  }
  reader.Finish();
  if (const auto trailer = CheckPngTrailer(bytes, offset); !trailer) return trailer.error();
  return size;
}

}  // namespace coulis::image

// NOLINTEND(modernize-avoid-setjmp-longjmp)
