#include "image/resizer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace coulis::image {
namespace {

/// The middle `output` of `resized` pixels. An odd surplus: torchvision rounds half a pixel to the even one
/// when it cuts, and down when it pads.
Overlap Centre(int resized, int output) {
  if (resized <= output) return {.first = 0, .count = resized, .offset = (output - resized) / 2};
  const int half = (resized - output) / 2;
  const bool odd = (resized - output) % 2 != 0;
  return {.first = odd ? half + half % 2 : half, .count = output, .offset = 0};
}

/// `shorter` x long / short as torchvision computes it: divided in double precision, then cut off. Beyond the
/// limit, where no whole image fits into memory, only the middle is asked for anyway.
int LongerSide(int shorter, int longer_side, int shorter_side) {
  constexpr double kLimit = 1 << 30;
  const double length = static_cast<double>(std::int64_t{shorter} * longer_side) / shorter_side;
  return static_cast<int>(std::min(length, kLimit));
}

}  // namespace

Placement Place(ImageSize from, const ImageFit& fit) {
  ImageSize resized = fit.size;
  if (fit.shorter_side > 0) {
    const bool upright = from.width <= from.height;
    const int longer = upright ? LongerSide(fit.shorter_side, from.height, from.width)
                               : LongerSide(fit.shorter_side, from.width, from.height);
    resized = upright ? ImageSize{fit.shorter_side, longer} : ImageSize{longer, fit.shorter_side};
  }
  return {.resized = resized,
          .x = Centre(resized.width, fit.size.width),
          .y = Centre(resized.height, fit.size.height)};
}

bool VerticalPassFirst(ImageSize from, ImageSize to) {
  const std::int64_t fewer_rows = std::int64_t{from.height} - to.height;
  const std::int64_t fewer_columns = std::int64_t{from.width} - to.width;
  return fewer_rows > 0 && fewer_rows > 2 * fewer_columns;
}

std::shared_ptr<const Axis> Resizer::AxisFor(int in, int resized, const Overlap& overlap) {
  if (in == resized && overlap.count == in) return nullptr;
  return axes_.Get(
      {.filter = fit_.filter, .in = in, .resized = resized, .first = overlap.first, .out = overlap.count});
}

ImageSize Resizer::Least(ImageSize full) const {
  return mode_ == DecodeMode::kFast ? Place(full, fit_).resized : full;
}

void Resizer::Begin(ImageSize size) {
  placement_ = Place(size, fit_);
  horizontal_ = AxisFor(size.width, placement_.resized.width, placement_.x);
  vertical_ = AxisFor(size.height, placement_.resized.height, placement_.y);
  vertical_first_ = VerticalPassFirst(size, placement_.resized);
  height_ = size.height;
  rows_in_ = 0;
  rows_out_ = 0;
  line_.Resize(RowBytes(size.width) + kRowPadding);
  done_.Resize(RowBytes(placement_.x.count) + kRowPadding);
  ring_width_ = HorizontalOnTheWayIn() ? placement_.x.count : size.width;
  ring_rows_ = vertical_ ? std::min(vertical_->weights.taps, size.height) : 1;
  slot_bytes_ =
      (RowBytes(ring_width_) + kRowPadding + RowBuffer::kStep - 1) / RowBuffer::kStep * RowBuffer::kStep;
  ring_.Resize(static_cast<std::size_t>(ring_rows_) * slot_bytes_);
  window_.resize(vertical_ ? static_cast<std::size_t>(vertical_->weights.taps) : 0);
  if (placement_.x.count < fit_.size.width || placement_.y.count < fit_.size.height) {
    std::memset(target_, 0, RowBytes(fit_.size.width) * static_cast<std::size_t>(fit_.size.height));
  }
}

bool Resizer::IsNeeded() const {
  return rows_out_ < placement_.y.count && (!vertical_ || rows_in_ >= vertical_->weights.first.front());
}

std::uint8_t* Resizer::Row() {
  return HorizontalOnTheWayIn() ? line_.start() : Slot(rows_in_);
}

void Resizer::EndRow() {
  if (HorizontalOnTheWayIn() && IsNeeded()) kernel_.horizontal(*horizontal_, line_.start(), Slot(rows_in_));
  ++rows_in_;
  for (; CanEmit(); ++rows_out_) EmitRow();
}

bool Resizer::CanEmit() const {
  if (rows_out_ == placement_.y.count) return false;
  if (!vertical_) return rows_out_ < rows_in_;
  const int first = vertical_->weights.first[static_cast<std::size_t>(rows_out_)];
  return rows_in_ >= std::min(first + vertical_->weights.taps, height_);
}

void Resizer::Vertical(int begin, int end, std::uint8_t* out) {
  const std::size_t bytes = RowBytes(end - begin);
  if (!vertical_) {
    std::memcpy(out, Slot(rows_out_) + RowBytes(begin), bytes);
    return;
  }
  const int first = vertical_->weights.first[static_cast<std::size_t>(rows_out_)];
  for (std::size_t t = 0; t < window_.size(); ++t) {
    // Beyond the edge the weight is 0.
    window_[t] = Slot(std::min(first + static_cast<int>(t), height_ - 1)) + RowBytes(begin);
  }
  kernel_.vertical(vertical_->PackedOf(rows_out_), vertical_->groups(), window_.data(), bytes, out);
}

void Resizer::EmitRow() {
  std::uint8_t* out = target_ + RowBytes(placement_.x.offset) +
                      static_cast<std::size_t>(placement_.y.offset + rows_out_) * RowBytes(fit_.size.width);
  if (!vertical_first_ || !horizontal_) {
    Vertical(0, ring_width_, out);
    return;
  }
  const AxisWeights& axis = horizontal_->weights;
  const int begin = axis.first.front();
  Vertical(begin, std::min(axis.first.back() + axis.taps, axis.in), line_.start() + RowBytes(begin));
  kernel_.horizontal(*horizontal_, line_.start(), done_.start());
  std::memcpy(out, done_.start(), RowBytes(placement_.x.count));
}

}  // namespace coulis::image
