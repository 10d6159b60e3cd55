// Compiled networks kept on disk, so that the next start need not compile. Safe with any number of processes
// that read and write the folder at once and are killed at any moment: an entry appears with one rename,
// carries a checksum, and one that is damaged counts as absent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

struct ov_compiled_model;  // OpenVINO's C API.

namespace coulis::infer {

/// Identifies what was compiled, for which processor and by which engine. FNV-1a over 64-bit words: tells
/// contents apart and finds damage; no protection from someone who may write into the folder.
class CacheKey {
 public:
  CacheKey& Add(std::span<const std::byte> bytes);
  CacheKey& Add(std::string_view text) { return Add(std::as_bytes(std::span(text))); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

/// One entry of the cache. Nothing here is an error: without a usable entry the caller compiles.
class CacheEntry {
 public:
  CacheEntry(const std::filesystem::path& folder, const CacheKey& key);

  /// The compiled network's exported form, when it is there and whole.
  [[nodiscard]] std::optional<std::vector<std::byte>> Read() const;

  /// Exports `compiled` into the entry; makes the folder when missing. False when that was not possible.
  bool Write(const ov_compiled_model* compiled) const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path file_;
  CacheKey key_;
};

}  // namespace coulis::infer
