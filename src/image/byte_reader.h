// Numbers out of untrusted bytes, with the bounds checked once, here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace coulis::image {

enum class ByteOrder { kLittle, kBig };

/// A number of Size bytes at `offset`; nothing when it does not lie wholly within `bytes`.
template <std::size_t Size>
[[nodiscard]] std::optional<std::uint32_t> ReadNumber(std::span<const std::byte> bytes, std::size_t offset,
                                                      ByteOrder order) {
  static_assert(Size <= 4);
  if (offset > bytes.size() || bytes.size() - offset < Size) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < Size; ++i) {
    const std::size_t at = order == ByteOrder::kBig ? i : Size - 1 - i;
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[offset + at]);
  }
  return value;
}

}  // namespace coulis::image
