#include "image/gif_lzw.h"

namespace coulis::image {

GifPixels::Status GifPixels::Read(std::uint8_t* out, std::size_t count) {
  while (count > 0) {
    while (pending_.empty()) {
      if (const Status status = ReadCode(); status != Status::kOk) return status;
    }
    for (; count > 0 && !pending_.empty(); --count, pending_.pop_back()) *out++ = pending_.back();
  }
  return Status::kOk;
}

GifPixels::Status GifPixels::ReadCode() {
  constexpr int kEnd = -1;
  int code = 0;
  if (DGifGetLZCodes(gif_, &code) != GIF_OK) return Status::kReadFailed;
  if (code == kEnd) return Status::kBroken;
  if (code == clear_) {
    Clear();
    return Status::kOk;
  }
  return Expand(code);
}

/// Appends the code's string to pending_, and the previous string plus this one's first pixel to the table.
GifPixels::Status GifPixels::Expand(int code) {
  if (previous_ < 0 ? code > clear_ : code > next_) return Status::kBroken;
  int rest = code;
  if (code == next_) {  // not in the table yet: the previous string plus its own first pixel
    pending_.push_back(first_);
    rest = previous_;
  }
  for (; rest >= clear_; rest = table_[static_cast<std::size_t>(rest)].prefix) {
    if (rest >= kTableSize) return Status::kBroken;
    pending_.push_back(table_[static_cast<std::size_t>(rest)].last);
  }
  first_ = static_cast<std::uint8_t>(rest);
  pending_.push_back(first_);
  if (previous_ >= 0 && next_ < kTableSize) {
    table_[static_cast<std::size_t>(next_++)] = {static_cast<std::uint16_t>(previous_), first_};
  }
  previous_ = code;
  return Status::kOk;
}

}  // namespace coulis::image
