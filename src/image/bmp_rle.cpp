#include "image/bmp_rle.h"

#include <algorithm>
#include <utility>

namespace coulis::image {
namespace {

/// The decoder's place in the file and in the image.
class RleReader {
 public:
  RleReader(Bytes bytes, std::size_t offset, ImageSize size, bool four_bits)
      : bytes_(bytes),
        position_(std::min(offset, bytes.size())),
        width_(static_cast<std::size_t>(size.width)),
        total_(width_ * static_cast<std::size_t>(size.height)),
        four_bits_(four_bits) {
    indices_.reserve(total_);
  }

  std::vector<std::uint8_t> Decode() {
    while (indices_.size() < total_ && Step()) {
    }
    indices_.resize(std::min(indices_.size(), total_));
    return std::move(indices_);
  }

 private:
  [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }
  std::uint8_t Next() { return std::to_integer<std::uint8_t>(bytes_[position_++]); }

  /// One code; false at the end of the bitmap or of the file.
  bool Step() {
    if (left() < 2) return false;
    const std::uint8_t count = Next();
    const std::uint8_t value = Next();
    if (count > 0) return Run(count, value);
    switch (value) {
      case 0:
        return EndLine();
      case 1:
        return false;
      case 2:
        return Jump();
      default:
        return Literal(value);
    }
  }

  bool Run(std::size_t count, std::uint8_t value) {
    count = std::min(count, width_ - std::min(width_, x_));
    for (std::size_t i = 0; i < count; ++i) {
      indices_.push_back(!four_bits_ ? value
                                     : static_cast<std::uint8_t>(i % 2 == 0 ? value >> 4 : value & 15));
    }
    x_ += count;
    return true;
  }

  bool EndLine() {
    indices_.resize((indices_.size() + width_ - 1) / width_ * width_);
    x_ = 0;
    return true;
  }

  bool Jump() {
    if (left() < 2) return false;
    const std::size_t right = Next();
    const std::size_t up = Next();
    indices_.resize(indices_.size() + std::min(total_ - indices_.size(), right + up * width_));
    x_ = indices_.size() % width_;
    return true;
  }

  bool Literal(std::uint8_t declared) {
    const std::size_t count = std::min<std::size_t>(total_ - indices_.size(), declared);
    const std::size_t wanted = four_bits_ ? (count + 1) / 2 : count;
    const std::size_t read = std::min(wanted, left());
    for (std::size_t i = 0; i < read; ++i) {
      const std::uint8_t value = Next();
      indices_.push_back(four_bits_ ? static_cast<std::uint8_t>(value >> 4) : value);
      if (four_bits_ && i * 2 + 1 < count) indices_.push_back(value & 15);
    }
    if (read < wanted) return false;
    x_ += declared;
    position_ = std::min(position_ + position_ % 2, bytes_.size());  // codes start at even places
    return true;
  }

  Bytes bytes_;
  std::size_t position_;
  std::size_t width_;
  std::size_t total_;
  bool four_bits_;
  std::size_t x_ = 0;
  std::vector<std::uint8_t> indices_;
};

}  // namespace

std::vector<std::uint8_t> DecodeRle(Bytes bytes, std::size_t offset, ImageSize size, bool four_bits) {
  return RleReader(bytes, offset, size, four_bits).Decode();
}

}  // namespace coulis::image
