// Arrays of bytes for NumPy (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include "coulis/result.h"

namespace coulis {

/// Writes a .npy file of u8[n, shape...], n being what was appended. Not thread-safe.
class NpyWriter {
 public:
  NpyWriter(std::filesystem::path file, std::vector<std::int64_t> shape);

  void Append(std::span<const std::uint8_t> item);

  /// Fills in n. Errors: kIo, also of everything before.
  [[nodiscard]] Result<void> Finish();

 private:
  void WriteHeader();

  std::filesystem::path path_;
  std::vector<std::int64_t> shape_;
  std::ofstream file_;
  std::int64_t count_ = 0;
};

}  // namespace coulis
