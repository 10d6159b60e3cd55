// What has arrived of a download, kept between tries and processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "coulis/result.h"

namespace coulis::models {

/// The first bytes of a remote file, and the tag by which the server knows that version of it. Locked (flock)
/// while this object lives: another process waits in Open. Not thread-safe.
class PartialFile {
 public:
  /// Opens or makes `path`; its tag lies beside it, in `path`.tag. Errors: kIo.
  [[nodiscard]] static Result<PartialFile> Open(const std::filesystem::path& path);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Empty when it is not known: then what is there cannot be continued.
  [[nodiscard]] const std::string& tag() const { return tag_; }

  /// Forgets what is there, and begins a version called `tag`. Errors: kIo.
  [[nodiscard]] Result<void> Restart(const std::string& tag);
  /// Errors: kIo.
  [[nodiscard]] Result<void> Append(std::span<const std::byte> bytes);
  /// Errors: kIo.
  [[nodiscard]] Result<std::vector<std::byte>> ReadAll() const;
  void Remove();

 private:
  PartialFile(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] std::filesystem::path TagPath() const;

  std::filesystem::path path_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
  std::string tag_;
};

}  // namespace coulis::models
