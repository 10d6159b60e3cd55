// One file of a packed set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "coulis/pack.h"
#include "coulis/result.h"
#include "store/location.h"

namespace coulis {

/// Takes images and becomes a file that is whole, or none. Not thread-safe.
class ShardWriter {
 public:
  ShardWriter() = default;
  virtual ~ShardWriter() = default;
  ShardWriter(const ShardWriter&) = delete;
  ShardWriter& operator=(const ShardWriter&) = delete;

  /// `path` and `label` as they are to be read again. Errors: kIo.
  [[nodiscard]] virtual Result<void> Add(const std::string& path, const std::string& label,
                                         std::span<const std::byte> image) = 0;

  /// Flushes to the disk and makes the file visible. Without it nothing stays. Errors: kIo.
  [[nodiscard]] virtual Result<void> Finish() = 0;
};

/// Errors: kIo.
[[nodiscard]] Result<std::unique_ptr<ShardWriter>> NewShard(const Location& file, ShardFormat format);

}  // namespace coulis
