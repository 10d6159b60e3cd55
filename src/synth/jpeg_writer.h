#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "coulis/image.h"
#include "coulis/result.h"

namespace coulis::synth {

/// Writes one JPEG (RGB, 4:2:0, accurate integer DCT: the same bytes on every machine) row by row. The file
/// carries the name NAME.part until Finish renames it, so a NAME.jpg is always whole; one that is not
/// finished is removed. Not thread-safe. Errors: kIo.
class JpegWriter {
 public:
  static Result<JpegWriter> Open(const std::filesystem::path& path, ImageSize size, int quality);
  ~JpegWriter();
  JpegWriter(JpegWriter&&) noexcept;
  JpegWriter& operator=(JpegWriter&&) noexcept;

  /// Whole rows from the top, interleaved RGB.
  Result<void> Write(std::span<const std::uint8_t> rows);

  /// To be called after the last row.
  Result<void> Finish();

 private:
  class Impl;
  explicit JpegWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coulis::synth
