// The container around PNG's pixels: chunks, read as strictly and as tolerantly as Pillow reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "image/decode.h"

namespace coulis::image {

/// One chunk; `data` is shorter than `declared_length` when the file ends within it.
struct PngChunk {
  std::string type;
  std::uint32_t declared_length = 0;
  Bytes data;
  /// Where its check sum starts: right behind `data`.
  std::size_t end = 0;

  [[nodiscard]] bool complete() const { return data.size() == declared_length; }
};

/// The chunk that starts at `offset`. Errors: kBadImage when there is none or its name is not one.
[[nodiscard]] Result<PngChunk> ReadChunk(Bytes bytes, std::size_t offset);

/// What precedes the pixels.
struct PngHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int bit_depth = 0;
  int color_type = 0;
  bool interlaced = false;
  Bytes palette;
  /// Offset of the first IDAT chunk.
  std::size_t data_offset = 0;
};

/// Reads and checks all chunks before the pixels: also the check sums, also those of chunks that no pixel
/// depends on, because Pillow refuses a file for them.
[[nodiscard]] Result<PngHeader> ReadPngHeader(Bytes bytes);

/// Checks what follows the pixels: `offset` is where the chunk after the last IDAT would start. Pillow
/// ignores check sums there and a missing end, but not a chunk that is cut off.
[[nodiscard]] Result<void> CheckPngTrailer(Bytes bytes, std::size_t offset);

}  // namespace coulis::image
