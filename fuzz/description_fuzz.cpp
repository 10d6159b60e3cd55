// Any text: a description that is accepted is written and read back as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "description/description.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = coulis::ParseModelDescription(std::string(data, data + size));
  if (!read) return 0;
  const std::string text = coulis::WriteDescription(*read);
  const auto again = coulis::ParseModelDescription(text);
  if (!again || coulis::WriteDescription(*again) != text) std::abort();
  return 0;
}
