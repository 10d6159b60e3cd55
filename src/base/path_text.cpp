#include "base/path_text.h"

#include <array>
#include <cstddef>

namespace coulis {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

unsigned char ByteAt(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

// Length of the well-formed sequence that starts at i; 0 when there is none.
std::size_t SequenceLength(std::string_view bytes, std::size_t i) {
  const unsigned char lead = ByteAt(bytes, i);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;  // range of the second byte, narrower after some leads
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (length == 0 || i + length > bytes.size()) return 0;
  if (ByteAt(bytes, i + 1) < low || ByteAt(bytes, i + 1) > high) return 0;
  for (std::size_t k = 2; k < length; ++k) {
    if ((ByteAt(bytes, i + k) & 0xC0) != 0x80) return 0;
  }
  return length;
}

int HexValue(char digit) {
  const std::size_t value = kHexDigits.find(digit);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = SequenceLength(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string PathText(std::string_view name) {
  if (IsUtf8(name) && name.find("\\x") == std::string_view::npos) return std::string(name);
  std::string text;
  for (std::size_t i = 0; i < name.size();) {
    const std::size_t length = SequenceLength(name, i);
    if (length == 0) {
      const unsigned char byte = ByteAt(name, i++);
      text += "\\x";
      text += kHexDigits[byte >> 4];
      text += kHexDigits[byte & 0xF];
      continue;
    }
    if (name[i] == '\\') text += '\\';
    text += name.substr(i, length);
    i += length;
  }
  return text;
}

std::string PathBytes(std::string_view text) {
  if (text.find("\\x") == std::string_view::npos) return std::string(text);
  std::string name;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') {
      name += '\\';
      i += 2;
    } else if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && HexValue(text[i + 2]) >= 0 &&
               HexValue(text[i + 3]) >= 0) {
      name += static_cast<char>(HexValue(text[i + 2]) * 16 + HexValue(text[i + 3]));
      i += 4;
    } else {
      name += text[i++];
    }
  }
  return name;
}

}  // namespace coulis
