// Files that are either whole or absent, also after a power cut: written aside, flushed, renamed.
#pragma once

#include <filesystem>
#include <string_view>

#include "coulis/result.h"

namespace coulis {

/// Flushes a file's or folder's content to the disk. Errors: kNotFound, kIo.
[[nodiscard]] Result<void> Flush(const std::filesystem::path& path);

/// Flushes `from`, renames it to `to` (on the same file system, replacing it) and flushes the folder of `to`.
[[nodiscard]] Result<void> RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes `content` to `path` so that a reader sees the old content, or the new, never a part.
[[nodiscard]] Result<void> WriteFileDurably(const std::filesystem::path& path, std::string_view content);

/// create_directories with an error as a value.
[[nodiscard]] Result<void> MakeFolder(const std::filesystem::path& folder);

/// remove_all with an error as a value; nothing there is fine.
[[nodiscard]] Result<void> RemoveAll(const std::filesystem::path& path);

}  // namespace coulis
