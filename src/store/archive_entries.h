// The entries of an archive as libarchive gives them. Included by .cpp files of this layer only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "store/archive_reader.h"

struct archive;
struct archive_entry;

namespace coulis {

/// What an archive says of an entry.
struct ArchiveEntry {
  std::string name;  ///< Bytes as the archive has them.
  bool is_folder = false;
  /// Why it cannot be read, whatever its name: a link, encrypted, …
  std::optional<std::string> unreadable;
  std::int64_t size = -1;  ///< -1: not known before it was read.
};

/// Goes through an archive. Not thread-safe.
class ArchiveEntries {
 public:
  ArchiveEntries(ArchiveFormat format, std::unique_ptr<ArchiveSource> source);
  ~ArchiveEntries();
  ArchiveEntries(const ArchiveEntries&) = delete;
  ArchiveEntries& operator=(const ArchiveEntries&) = delete;

  /// The next entry; empty at the end, or when the archive is damaged: then damage() says how.
  [[nodiscard]] std::optional<ArchiveEntry> Next();

  /// The content of the entry that Next gave last. Errors: kBadImage (larger than max_bytes; damaged). When
  /// the archive ends in its midst, damage() is set as well.
  [[nodiscard]] Result<std::vector<std::byte>> Read(const ArchiveEntry& entry, std::int64_t max_bytes);

  [[nodiscard]] const std::optional<std::string>& damage() const { return damage_; }

 private:
  struct Callbacks;

  [[nodiscard]] std::string Reason() const;
  [[nodiscard]] ArchiveEntry Describe(archive_entry* entry) const;
  bool PassOverRest();
  void CheckEnd();

  ArchiveFormat format_;
  std::unique_ptr<ArchiveSource> source_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  std::optional<std::string> damage_;
  std::string source_error_;  // libarchive may report it as an end that comes too early
  bool open_entry_ = false;   // its size is not known, and it was not read to its end
};

}  // namespace coulis
