// Any text: a description that is accepted is written and read back as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "models/description.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = coulis::models::ParseDescription(std::string(data, data + size));
  if (!read) return 0;
  const std::string text = coulis::models::WriteDescription(*read);
  const auto again = coulis::models::ParseDescription(text);
  if (!again || coulis::models::WriteDescription(*again) != text) std::abort();
  return 0;
}
