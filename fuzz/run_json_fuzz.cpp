// Any text: a run.json that is accepted is written and read back as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "store/run_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = coulis::RunRecordFromJson(std::string(data, data + size));
  if (!read) return 0;
  const std::string text = coulis::ToJson(*read);
  const auto again = coulis::RunRecordFromJson(text);
  if (!again || coulis::ToJson(*again) != text) std::abort();
  return 0;
}
