#include "image/resizer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace coulis::image {

bool VerticalPassFirst(ImageSize from, ImageSize to) {
  const std::int64_t fewer_rows = std::int64_t{from.height} - to.height;
  const std::int64_t fewer_columns = std::int64_t{from.width} - to.width;
  return fewer_rows > 0 && fewer_rows > 2 * fewer_columns;
}

void Resizer::Begin(ImageSize size) {
  horizontal_ = size.width == output_.width ? nullptr : axes_.Get(size.width, output_.width);
  vertical_ = size.height == output_.height ? nullptr : axes_.Get(size.height, output_.height);
  vertical_first_ = VerticalPassFirst(size, output_);
  height_ = size.height;
  rows_in_ = 0;
  rows_out_ = 0;
  line_.Resize(RowBytes(size.width) + kRowPadding);
  done_.Resize(RowBytes(output_.width) + kRowPadding);
  ring_width_ = HorizontalOnTheWayIn() ? output_.width : size.width;
  ring_rows_ = vertical_ ? std::min(vertical_->weights.taps, size.height) : 1;
  slot_bytes_ =
      (RowBytes(ring_width_) + kRowPadding + RowBuffer::kStep - 1) / RowBuffer::kStep * RowBuffer::kStep;
  ring_.Resize(static_cast<std::size_t>(ring_rows_) * slot_bytes_);
  window_.resize(vertical_ ? static_cast<std::size_t>(vertical_->weights.taps) : 0);
}

std::uint8_t* Resizer::Row() {
  return HorizontalOnTheWayIn() ? line_.start() : Slot(rows_in_);
}

void Resizer::EndRow() {
  if (HorizontalOnTheWayIn()) kernel_.horizontal(*horizontal_, line_.start(), Slot(rows_in_));
  ++rows_in_;
  for (; CanEmit(); ++rows_out_) EmitRow();
}

bool Resizer::CanEmit() const {
  if (rows_out_ == output_.height) return false;
  if (!vertical_) return rows_out_ < rows_in_;
  const int first = vertical_->weights.first[static_cast<std::size_t>(rows_out_)];
  return rows_in_ >= std::min(first + vertical_->weights.taps, height_);
}

void Resizer::Vertical(std::uint8_t* out) {
  if (!vertical_) {
    std::memcpy(out, Slot(rows_out_), RowBytes(ring_width_));
    return;
  }
  const int first = vertical_->weights.first[static_cast<std::size_t>(rows_out_)];
  for (std::size_t t = 0; t < window_.size(); ++t) {
    window_[t] = Slot(std::min(first + static_cast<int>(t), height_ - 1));  // beyond the edge the weight is 0
  }
  kernel_.vertical(vertical_->PackedOf(rows_out_), vertical_->groups(), window_.data(), RowBytes(ring_width_),
                   out);
}

void Resizer::EmitRow() {
  std::uint8_t* out = target_ + static_cast<std::size_t>(rows_out_) * RowBytes(output_.width);
  if (!vertical_first_ || !horizontal_) {
    Vertical(out);
    return;
  }
  Vertical(line_.start());
  kernel_.horizontal(*horizontal_, line_.start(), done_.start());
  std::memcpy(out, done_.start(), RowBytes(output_.width));
}

}  // namespace coulis::image
