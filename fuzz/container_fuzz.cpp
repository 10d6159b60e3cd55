// Any bytes: a hostile container gives images, or errors, never more of one than is allowed, and ends.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "store/container.h"

namespace {

constexpr std::int64_t kMostBytes = 1 << 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file =
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer(data, static_cast<std::int64_t>(size)));
  coulis::ContainerOptions options;
  options.max_bytes = kMostBytes;
  const auto container = coulis::OpenContainer(file, {"c/", "c/", "c"}, options);
  if (!container) return 0;
  std::set<std::string> paths;
  while (const auto member = (*container)->Next()) {
    if (!paths.insert(member->path).second) std::abort();
    if (member->bytes && std::ssize(*member->bytes) > kMostBytes) std::abort();
  }
  return 0;
}
