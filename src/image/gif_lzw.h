// GIF's pixels: giflib unpacks the codes, this expands them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gif_lib.h>

namespace coulis::image {

/// Expands the codes of the image that giflib is at, and refuses, as Pillow does, a code that cannot be:
/// giflib's own expansion makes pixels up for it.
class GifPixels {
 public:
  /// `code_size`: the bits of an index, from the byte that precedes the codes; giflib has read it but does
  /// not tell.
  GifPixels(GifFileType* gif, int code_size) : gif_(gif), clear_(1 << code_size) { Clear(); }

  /// The next `count` indices. Errors, with the pixels so far of no use: kReadFailed (see gif->Error) or
  /// kBroken.
  enum class Status { kOk, kReadFailed, kBroken };
  [[nodiscard]] Status Read(std::uint8_t* out, std::size_t count);

 private:
  static constexpr int kTableSize = 1 << 12;

  struct Entry {
    std::uint16_t prefix = 0;
    std::uint8_t last = 0;
  };

  /// Reads codes until there are pixels in pending_.
  [[nodiscard]] Status ReadCode();
  [[nodiscard]] Status Expand(int code);
  void Clear() {
    next_ = clear_ + 2;
    previous_ = -1;
  }

  GifFileType* gif_;
  int clear_;
  int next_ = 0;            // the first code that is not in the table yet
  int previous_ = -1;       // the code before; -1 after a clear code
  std::uint8_t first_ = 0;  // the first pixel of the previous code's string
  std::array<Entry, kTableSize> table_{};
  std::vector<std::uint8_t> pending_;  // a string, its first pixel last
};

}  // namespace coulis::image
