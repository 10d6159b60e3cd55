// A file or folder: of this machine, or of a bucket. What the life of a result needs works on both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coulis/result.h"

namespace coulis {

class Bucket;

/// The name of a file or folder, and how to reach it. A small value; thread-safe, like the bucket it shares.
/// A folder of a bucket is what keys have in common before a slash: it needs no making, and is gone with its
/// last object.
class Location {
 public:
  Location() = default;
  // Not explicit: a path of this machine is a location.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Location(std::filesystem::path path) : path_(std::move(path)) {}
  /// `key`: without a slash at either end; empty for the bucket itself.
  Location(std::shared_ptr<const Bucket> bucket, std::string key)
      : bucket_(std::move(bucket)), path_(std::move(key)) {}

  [[nodiscard]] bool empty() const { return !bucket_ && path_.empty(); }
  /// Null: on this machine.
  [[nodiscard]] const Bucket* bucket() const { return bucket_.get(); }
  /// On this machine its path, in a bucket its key.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The last part of the path or key.
  [[nodiscard]] std::string Name() const { return path_.filename().native(); }
  [[nodiscard]] Location Parent() const { return WithPath(path_.parent_path()); }
  /// For messages and run.json: the path as text (base/path_text.h), or s3://BUCKET/KEY.
  [[nodiscard]] std::string Text() const;

  /// In a bucket exactly the key, a slash and the name.
  Location operator/(const std::string& name) const;
  bool operator==(const Location& other) const = default;

 private:
  [[nodiscard]] Location WithPath(std::filesystem::path path) const {
    Location location = *this;
    location.path_ = std::move(path);
    return location;
  }

  std::shared_ptr<const Bucket> bucket_;
  std::filesystem::path path_;
};

// All of these: errors kIo, kNotFound, and what the function says. What changes something on this machine is
// durable when it returns.

/// Also true for a link that leads nowhere. One request in a bucket.
[[nodiscard]] Result<bool> FileExists(const Location& file);
[[nodiscard]] Result<bool> FolderExists(const Location& folder);

/// Names of the files and folders in a folder, hidden ones too, sorted; none when there is no such folder.
[[nodiscard]] Result<std::vector<std::string>> NamesIn(const Location& folder);

/// Whether a name is among those.
[[nodiscard]] bool Holds(const std::vector<std::string>& names, std::string_view name);

/// Bytes of a file.
[[nodiscard]] Result<std::int64_t> FileSize(const Location& file);

/// The content of a file of `size` bytes, as its listing said; -1: unknown. The message of an error does not
/// name the file. Errors: see ReadFile; kIo when it is another size by now and stays so.
[[nodiscard]] Result<std::vector<std::byte>> ReadWhole(const Location& file, std::int64_t size,
                                                       std::int64_t max_bytes);

/// The same as text. The message of an error names the file.
[[nodiscard]] Result<std::string> ReadText(const Location& file, std::int64_t max_bytes);

/// Writes `content` so that a reader sees the old content, or the new, never a part.
[[nodiscard]] Result<void> WriteWhole(const Location& file, std::string_view content);

/// With the folders above it. Nothing to do in a bucket.
[[nodiscard]] Result<void> MakeFolder(const Location& folder);

/// Removes a file, or a folder with all that is in it; nothing there is fine.
[[nodiscard]] Result<void> RemoveAll(const Location& location);

/// Removes a file; nothing there is fine. In a bucket one request, where RemoveAll lists first.
[[nodiscard]] Result<void> RemoveFile(const Location& file);

/// In a bucket: ends uploads to a file, or to any below a folder, that a killed run has left; as far as we
/// may.
void AbortUploads(const Location& location);

/// Puts a file in another's place, in the same bucket or file system. In a bucket: a copy, then a removal, so
/// that after a kill both may be there.
[[nodiscard]] Result<void> MoveFile(const Location& from, const Location& to);

}  // namespace coulis
