// Memory for rows that a decoder writes and the resize reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace coulis::image {

/// Bytes that start 8 beside a multiple of 32. libjpeg-turbo stores a row that starts at a multiple of 16
/// (SSE2) or 32 (AVX2) past the cache, and the resize, which reads the row at once, would wait for memory:
/// twice the time for a photograph of 100 x 100.
class RowBuffer {
 public:
  /// Steps between rows that keep each row's start beside.
  static constexpr std::size_t kStep = 32;

  /// Makes room for `bytes` bytes; what was there is of no use afterwards.
  void Resize(std::size_t bytes) {
    bytes_.resize(bytes + 2 * kStep);
    const auto address = reinterpret_cast<std::uintptr_t>(bytes_.data());
    start_ = bytes_.data() + (kStep - address % kStep) + kBeside;
  }

  [[nodiscard]] std::uint8_t* start() { return start_; }

 private:
  static constexpr std::size_t kBeside = 8;

  std::vector<std::uint8_t> bytes_;
  std::uint8_t* start_ = nullptr;
};

}  // namespace coulis::image
