// JPEG through libjpeg-turbo, set up as Pillow sets it up: accurate DCT, fancy upsampling, warnings
// tolerated.
#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include <jpeglib.h>  // after <cstddef> and <cstdio>, which it needs but does not include

#include "image/decode.h"
#include "image/jpeg_eighth.h"

// NOLINTBEGIN(modernize-avoid-setjmp-longjmp): libjpeg knows no other way to report an error

namespace coulis::image {
namespace {

/// Pillow hands libjpeg its input in blocks of this size. How many bytes are left over at the end of a
/// truncated file depends on it, and the count is part of the error.
constexpr std::size_t kBlock = 65536;

/// libjpeg's state. libjpeg reports an error by longjmp, which runs no destructor: so the functions between
/// setjmp and libjpeg hold no object that has one, and this class outlives them.
class JpegReader {
 public:
  explicit JpegReader(Bytes bytes) : bytes_(bytes) {}
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  enum class Step { kDone, kTruncated, kBroken };

  [[nodiscard]] Step ReadHeader();
  /// Chooses the output colours: RGB, or CMYK when there are four components. `divisor`: of the sides, 1, 2,
  /// 4 or 8.
  [[nodiscard]] Step Start(unsigned divisor);
  /// Reads one row of width x output_components bytes.
  [[nodiscard]] Step ReadRow(std::uint8_t* row);
  /// Reads what follows the last row; a missing end marker is tolerated, as in Pillow.
  [[nodiscard]] Step Finish();

  [[nodiscard]] std::int64_t width() const { return info_.image_width; }
  [[nodiscard]] std::int64_t height() const { return info_.image_height; }
  /// An eighth of the size, if that needs no libjpeg (image/jpeg_eighth.h). After ReadHeader.
  [[nodiscard]] std::optional<RgbImage> Eighth() const {
    const auto* scan = reinterpret_cast<const std::byte*>(source_.next_input_byte);
    return DecodeEighth(info_, {scan, bytes_.data() + bytes_.size()});
  }
  /// What Start made of width and height: divided and rounded up.
  [[nodiscard]] ImageSize output_size() const {
    return {static_cast<int>(info_.output_width), static_cast<int>(info_.output_height)};
  }
  [[nodiscard]] int components() const { return info_.num_components; }
  [[nodiscard]] Error ErrorOf(Step step) const {
    return step == Step::kTruncated ? Truncated(source_.bytes_in_buffer)
                                    : BadImage(std::string("broken JPEG data: ") + message_);
  }

 private:
  static JpegReader& Of(j_common_ptr info) { return *static_cast<JpegReader*>(info->client_data); }
  static void OnError(j_common_ptr info);
  static void SkipInput(j_decompress_ptr info, long count);
  void Create();
  [[nodiscard]] bool MoreInput();

  Bytes bytes_;
  std::size_t handed_over_ = 0;  // bytes of bytes_ that libjpeg has been shown
  std::size_t to_skip_ = 0;      // bytes to drop from the next block
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_source_mgr source_{};
  std::jmp_buf jump_{};
  char message_[JMSG_LENGTH_MAX] = "";
};

void JpegReader::OnError(j_common_ptr info) {
  JpegReader& reader = Of(info);
  info->err->format_message(info, reader.message_);
  std::longjmp(reader.jump_, 1);
}

void JpegReader::SkipInput(j_decompress_ptr info, long count) {
  JpegReader& reader = Of(reinterpret_cast<j_common_ptr>(info));
  const std::size_t wanted = static_cast<std::size_t>(std::max(count, 0L));
  const std::size_t skipped = std::min(wanted, info->src->bytes_in_buffer);
  info->src->next_input_byte += skipped;
  info->src->bytes_in_buffer -= skipped;
  reader.to_skip_ = wanted - skipped;
}

void JpegReader::Create() {
  info_.err = jpeg_std_error(&errors_);
  errors_.error_exit = OnError;
  errors_.output_message = [](j_common_ptr) {};
  info_.client_data = this;
  jpeg_create_decompress(&info_);
  source_.init_source = [](j_decompress_ptr) {};
  source_.fill_input_buffer = [](j_decompress_ptr) -> boolean { return FALSE; };
  source_.skip_input_data = SkipInput;
  source_.resync_to_restart = jpeg_resync_to_restart;
  source_.term_source = [](j_decompress_ptr) {};
  source_.next_input_byte = reinterpret_cast<const JOCTET*>(bytes_.data());
  info_.src = &source_;
}

bool JpegReader::MoreInput() {
  if (handed_over_ == bytes_.size()) return false;
  const std::size_t block = std::min(kBlock, bytes_.size() - handed_over_);
  handed_over_ += block;
  source_.bytes_in_buffer += block;
  if (to_skip_ > 0) SkipInput(&info_, static_cast<long>(to_skip_));
  return true;
}

JpegReader::Step JpegReader::ReadHeader() {
  if (setjmp(jump_) != 0) return Step::kBroken;
  Create();
  for (;;) {
    const int status = jpeg_read_header(&info_, FALSE);
    if (status == JPEG_HEADER_OK) return Step::kDone;
    if (status == JPEG_SUSPENDED && !MoreInput()) return Step::kTruncated;
  }
}

JpegReader::Step JpegReader::Start(unsigned divisor) {
  if (setjmp(jump_) != 0) return Step::kBroken;
  info_.scale_num = 1;
  info_.scale_denom = divisor;
  info_.out_color_space = info_.num_components == 4 ? JCS_CMYK : JCS_RGB;
  while (!jpeg_start_decompress(&info_)) {
    if (!MoreInput()) return Step::kTruncated;
  }
  return Step::kDone;
}

JpegReader::Step JpegReader::ReadRow(std::uint8_t* row) {
  if (setjmp(jump_) != 0) return Step::kBroken;
  JSAMPROW rows[] = {row};
  while (jpeg_read_scanlines(&info_, rows, 1) != 1) {
    if (!MoreInput()) return Step::kTruncated;
  }
  return Step::kDone;
}

JpegReader::Step JpegReader::Finish() {
  if (setjmp(jump_) != 0) return Step::kBroken;
  jpeg_finish_decompress(&info_);
  return Step::kDone;
}

/// a * b / 255, rounded as Pillow rounds it.
int MultiplyBy255th(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// One row of CMYK to RGB. The bytes are inverted (255 = no ink), as Adobe writes them and as Pillow takes
/// all four-component JPEGs to be.
void ConvertInvertedCmyk(const std::uint8_t* cmyk, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const int light = cmyk[3];
    for (int c = 0; c < 3; ++c) {
      rgb[c] = static_cast<std::uint8_t>(std::clamp(light - MultiplyBy255th(255 - cmyk[c], light), 0, 255));
    }
  }
}

/// How much smaller the image may be decoded: by Pillow's rule (JpegImagePlugin.py, draft). libjpeg could
/// also do 3/8, 5/8 and so on, but only the powers of two have vector instructions.
unsigned DivisorFor(ImageSize full, ImageSize least) {
  for (const int divisor : {8, 4, 2}) {
    if (full.width / divisor >= least.width && full.height / divisor >= least.height)
      return static_cast<unsigned>(divisor);
  }
  return 1;
}

}  // namespace

Result<ImageSize> DecodeJpeg(Bytes bytes, const DecodeLimits& limits, RowSink& sink) {
  using Step = JpegReader::Step;
  const auto reader = std::make_unique<JpegReader>(bytes);
  Step step = reader->ReadHeader();
  if (step != Step::kDone) return reader->ErrorOf(step);
  Result<ImageSize> size = CheckSize(reader->width(), reader->height(), limits);
  if (!size) return size;
  const int components = reader->components();
  if (components != 1 && components != 3 && components != 4) {
    return BadImage("JPEG of " + std::to_string(components) + " components; 1, 3 and 4 can be read");
  }
  const unsigned divisor = DivisorFor(*size, sink.Least(*size));
  if (divisor == 8) {
    if (const std::optional<RgbImage> eighth = reader->Eighth()) {
      Replay(*eighth, sink);
      return size;
    }
  }
  step = reader->Start(divisor);
  if (step != Step::kDone) return reader->ErrorOf(step);

  const ImageSize output = reader->output_size();
  std::vector<std::uint8_t> cmyk(components == 4 ? static_cast<std::size_t>(output.width) * 4 : 0);
  sink.Begin(output);
  for (int y = 0; y < output.height; ++y) {
    std::uint8_t* row = sink.Row();
    step = reader->ReadRow(components == 4 ? cmyk.data() : row);
    if (step != Step::kDone) return reader->ErrorOf(step);
    if (components == 4) ConvertInvertedCmyk(cmyk.data(), output.width, row);
    sink.EndRow();
  }
  step = reader->Finish();
  if (step != Step::kDone) return reader->ErrorOf(step);
  return size;
}

}  // namespace coulis::image

// NOLINTEND(modernize-avoid-setjmp-longjmp)
