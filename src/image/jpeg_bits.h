// The bits of a JPEG scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace coulis::image {

/// Reads the entropy-coded bytes of a scan, most significant bit first, without the zero bytes that are
/// stuffed behind 0xFF (ITU-T T.81, F.1.2.3). At a marker or the end of the data it goes on with zeros, and
/// says so.
class JpegBits {
 public:
  explicit JpegBits(std::span<const std::byte> data)
      : next_(reinterpret_cast<const std::uint8_t*>(data.data())), end_(next_ + data.size()) {}

  /// Bits that can be taken after Fill.
  static constexpr int kFilled = 56;

  void Fill() {
    // No question whether there is room: the answer would be a guess to the processor, half of them wrong.
    std::uint64_t word = 0;
    if (end_ - next_ >= 8) {
      std::memcpy(&word, next_, sizeof(word));
      if (!HasByteFF(word)) {
        buffer_ |= __builtin_bswap64(word) >> count_;
        next_ += (63 - count_) >> 3;
        count_ |= 56;
        return;
      }
    }
    JpegBits copy = *this;  // So that the address of *this, which is in registers, is never taken.
    copy.FillBytewise();
    *this = copy;
  }

  /// 1 ≤ bits ≤ kFilled.
  [[nodiscard]] std::uint32_t Peek(int bits) const {
    return static_cast<std::uint32_t>(buffer_ >> (64 - bits));
  }
  void Drop(int bits) {
    buffer_ <<= bits;
    count_ -= bits;
  }
  /// 0 ≤ bits ≤ 16.
  [[nodiscard]] std::uint32_t Take(int bits) {
    if (bits == 0) return 0;
    const std::uint32_t value = Peek(bits);
    Drop(bits);
    return value;
  }

  /// Whether more bits were taken than there are.
  [[nodiscard]] bool Overrun() const { return count_ < padding_; }

  /// Whether nothing but the filling of the last byte is left before a marker; then passes over the marker
  /// and begins anew behind it. Returns its second byte; 0 when there is no marker, or more data.
  [[nodiscard]] std::uint8_t TakeMarker() {
    Fill();
    if (Overrun() || count_ - padding_ >= 8) return 0;
    while (end_ - next_ >= 2 && next_[0] == 0xFF && next_[1] == 0xFF) ++next_;
    if (end_ - next_ < 2 || next_[0] != 0xFF) return 0;
    const std::uint8_t marker = next_[1];
    next_ += 2;
    buffer_ = 0;
    count_ = 0;
    padding_ = 0;
    return marker;
  }

 private:
  static bool HasByteFF(std::uint64_t word) {
    constexpr std::uint64_t kLows = 0x0101010101010101;
    const std::uint64_t inverse = ~word;
    return ((inverse - kLows) & word & (kLows << 7)) != 0;
  }

  void FillBytewise() {
    while (count_ < kFilled) {
      std::uint64_t byte = 0;
      if (next_ == end_ || (*next_ == 0xFF && (end_ - next_ < 2 || next_[1] != 0))) {
        padding_ += 8;
      } else {
        byte = *next_;
        next_ += byte == 0xFF ? 2 : 1;
      }
      buffer_ |= byte << (56 - count_);
      count_ += 8;
    }
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::uint64_t buffer_ = 0;  // the next bit on top
  int count_ = 0;             // bits in buffer_
  int padding_ = 0;           // of them, at the end: zeros that are not in the data
};

}  // namespace coulis::image
