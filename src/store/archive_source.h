// The bytes of an archive, unpacked from gzip where they are, a block at a time. Included by .cpp files of
// this layer only.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace coulis {

/// Not thread-safe. What is packed may expand to kMostExpansion times its size, beyond the first
/// kFreeExpansion bytes: images hardly compress at all, bombs by 1,000 and more.
class ArchiveSource {
 public:
  static constexpr std::int64_t kMostExpansion = 100;
  static constexpr std::int64_t kFreeExpansion = std::int64_t{1} << 30;

  [[nodiscard]] static arrow::Result<std::unique_ptr<ArchiveSource>> Open(
      std::shared_ptr<arrow::io::RandomAccessFile> file, bool is_gzip);

  /// The first bytes, kKindBytes of them if there are so many; Next gives them again.
  [[nodiscard]] const std::string& head() const { return head_; }

  /// The next bytes, valid until the next call; empty at the end.
  [[nodiscard]] arrow::Result<std::string_view> Next();

  /// Passes over up to `count` bytes without reading them. Returns how many: 0 where that is not possible.
  [[nodiscard]] arrow::Result<std::int64_t> Skip(std::int64_t count);

 private:
  ArchiveSource() = default;

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  std::unique_ptr<arrow::util::Codec> codec_;
  std::shared_ptr<arrow::io::InputStream> stream_;
  std::string head_;
  std::string block_;
  bool head_given_ = false;
  std::int64_t given_ = 0;
};

}  // namespace coulis
