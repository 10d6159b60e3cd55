// Any bytes: a hostile pickle is an error, and whatever is read has as many values as its shape says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "models/torch_pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensors = coulis::models::ReadTorchPickle(std::as_bytes(std::span(data, size)));
  if (!tensors) return 0;
  for (const auto& [name, tensor] : *tensors) {
    std::size_t values = 1;
    for (const std::int64_t side : tensor.shape) values *= static_cast<std::size_t>(side);
    if (values != tensor.values.size()) std::abort();
  }
  return 0;
}
