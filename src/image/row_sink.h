// Where a decoder puts its pixels: one RGB row after the other, from the top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "coulis/image.h"

namespace coulis::image {

/// Bytes of a row of RGB pixels.
[[nodiscard]] inline std::size_t RowBytes(int width) {
  return static_cast<std::size_t>(width) * 3;
}

/// Receives an image row by row, so that no decoder has to hold a whole one. Not thread-safe.
class RowSink {
 public:
  virtual ~RowSink() = default;

  /// The least size at which an image of size `full` is of use. A decoder that shrinks as it decodes may
  /// deliver any size from this one on; the others deliver `full`.
  [[nodiscard]] virtual ImageSize Least(ImageSize full) const { return full; }

  /// Called once an image, before any row, when its size is known and found to be within the limits.
  /// `size`: of what is delivered.
  virtual void Begin(ImageSize size) = 0;

  /// Where the next row goes: RowBytes(width) bytes. Stays valid until EndRow.
  [[nodiscard]] virtual std::uint8_t* Row() = 0;

  /// The bytes at Row() are complete. Called `height` times an image.
  virtual void EndRow() = 0;
};

/// Keeps the whole image.
class ImageSink final : public RowSink {
 public:
  using LeastSize = std::function<ImageSize(ImageSize full)>;

  /// `least`: see RowSink::Least; empty: the image as it is.
  explicit ImageSink(LeastSize least = {}) : least_(std::move(least)) {}

  [[nodiscard]] ImageSize Least(ImageSize full) const override { return least_ ? least_(full) : full; }
  void Begin(ImageSize size) override;
  [[nodiscard]] std::uint8_t* Row() override { return image_.pixels.data() + next_; }
  void EndRow() override { next_ += RowBytes(image_.size.width); }

  [[nodiscard]] RgbImage& image() { return image_; }

 private:
  LeastSize least_;
  RgbImage image_;
  std::size_t next_ = 0;
};

/// Hands a whole image over, row by row.
void Replay(const RgbImage& image, RowSink& sink);

}  // namespace coulis::image
