#include "synth/jpeg_writer.h"

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <system_error>
#include <utility>

#include <jpeglib.h>  // needs <cstdio> before it

#include "base/system_error.h"

namespace coulis::synth {
namespace {

/// libjpeg reports errors by calling error_exit, which must not return: jump back to the call that we made.
struct Errors {
  jpeg_error_mgr manager;  // first: libjpeg hands back a pointer to it
  std::jmp_buf caller;
  int number;
};

void JumpBack(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  errors->number = errno;
  std::longjmp(errors->caller, 1);
}

void StaySilent(j_common_ptr) {}

}  // namespace

class JpegWriter::Impl {
 public:
  Impl(std::filesystem::path path, std::FILE* file)
      : path_(std::move(path)), part_(PartName(path_)), file_(file) {
    info_.err = jpeg_std_error(&errors_.manager);
    errors_.manager.error_exit = JumpBack;
    errors_.manager.output_message = StaySilent;
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    jpeg_destroy_compress(&info_);
    if (file_ != nullptr) {
      std::fclose(file_);
      std::error_code ignored;
      std::filesystem::remove(part_, ignored);
    }
  }

  static std::filesystem::path PartName(std::filesystem::path path) { return path += ".part"; }

  bool Start(ImageSize size, int quality) {
    if (setjmp(errors_.caller) != 0) return false;
    jpeg_create_compress(&info_);
    jpeg_stdio_dest(&info_, file_);
    info_.image_width = static_cast<JDIMENSION>(size.width);
    info_.image_height = static_cast<JDIMENSION>(size.height);
    info_.input_components = 3;
    info_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    info_.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&info_, TRUE);
    return true;
  }

  bool Write(const std::uint8_t* rows, std::size_t count) {
    if (setjmp(errors_.caller) != 0) return false;
    for (std::size_t i = 0; i < count; ++i) {
      // libjpeg's interface predates const; it does not write to the samples.
      JSAMPROW row = const_cast<JSAMPROW>(rows + i * stride());
      jpeg_write_scanlines(&info_, &row, 1);
    }
    return true;
  }

  bool Finish() {
    if (setjmp(errors_.caller) != 0) return false;
    jpeg_finish_compress(&info_);
    return true;
  }

  Result<void> Publish() {
    if (std::fclose(std::exchange(file_, nullptr)) != 0) {
      const int number = errno;
      std::error_code ignored;
      std::filesystem::remove(part_, ignored);
      return IoError(number);
    }
    std::error_code failed;
    std::filesystem::rename(part_, path_, failed);
    if (failed) return IoError(failed.value());
    return {};
  }

  [[nodiscard]] Error IoError(int number) const {
    return SystemError("cannot write " + path_.string(), number);
  }
  [[nodiscard]] Error LibraryError() const { return IoError(errors_.number != 0 ? errors_.number : EIO); }
  [[nodiscard]] std::size_t stride() const { return std::size_t{info_.image_width} * 3; }

 private:
  std::filesystem::path path_;
  std::filesystem::path part_;
  std::FILE* file_;
  jpeg_compress_struct info_{};
  Errors errors_{};
};

JpegWriter::JpegWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JpegWriter::~JpegWriter() = default;
JpegWriter::JpegWriter(JpegWriter&&) noexcept = default;
JpegWriter& JpegWriter::operator=(JpegWriter&&) noexcept = default;

Result<JpegWriter> JpegWriter::Open(const std::filesystem::path& path, ImageSize size, int quality) {
  std::FILE* file = std::fopen(Impl::PartName(path).c_str(), "wb");
  if (file == nullptr) {
    return SystemError("cannot write " + path.string());
  }
  auto impl = std::make_unique<Impl>(path, file);
  if (!impl->Start(size, quality)) return impl->LibraryError();
  return JpegWriter(std::move(impl));
}

Result<void> JpegWriter::Write(std::span<const std::uint8_t> rows) {
  errno = 0;
  if (!impl_->Write(rows.data(), rows.size() / impl_->stride())) return impl_->LibraryError();
  return {};
}

Result<void> JpegWriter::Finish() {
  errno = 0;
  if (!impl_->Finish()) return impl_->LibraryError();
  return impl_->Publish();
}

}  // namespace coulis::synth
