#include "models/partial_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "base/durable_file.h"
#include "base/system_error.h"

namespace coulis::models {
namespace {

// A process that waited for the lock may hold a file that the other one has removed by then.
bool IsStillAt(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat open{};
  struct stat there{};
  return fstat(file.get(), &open) == 0 && stat(path.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
         open.st_dev == there.st_dev;
}

Result<FileDescriptor> OpenLocked(const std::filesystem::path& path) {
  for (;;) {
    FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file.valid()) return SystemError("cannot write " + path.string());
    while (flock(file.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return SystemError("cannot lock " + path.string());
    }
    if (IsStillAt(file, path)) return file;
  }
}

}  // namespace

Result<PartialFile> PartialFile::Open(const std::filesystem::path& path) {
  if (Result<void> made = MakeFolder(path.parent_path()); !made) return made.error();
  Result<FileDescriptor> file = OpenLocked(path);
  if (!file) return file.error();
  PartialFile partial(path, *std::move(file));
  struct stat status{};
  if (fstat(partial.file_.get(), &status) != 0) return SystemError("cannot read " + path.string());
  partial.size_ = static_cast<std::uint64_t>(status.st_size);
  std::ifstream tag(partial.TagPath());
  std::getline(tag, partial.tag_);
  return partial;
}

std::filesystem::path PartialFile::TagPath() const {
  return path_.string() + ".tag";
}

// The tag goes before the bytes and comes after they are gone: a kill between never joins two versions.
Result<void> PartialFile::Restart(const std::string& tag) {
  std::error_code ignored;
  std::filesystem::remove(TagPath(), ignored);
  if (ftruncate(file_.get(), 0) != 0) return SystemError("cannot write " + path_.string());
  size_ = 0;
  tag_ = tag;
  return tag.empty() ? Result<void>() : WriteFileDurably(TagPath(), tag);
}

Result<void> PartialFile::Append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write " + path_.string());
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::vector<std::byte>> PartialFile::ReadAll() const {
  std::vector<std::byte> bytes(size_);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        pread(file_.get(), bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot read " + path_.string());
    if (got == 0) return Error{ErrorCode::kIo, path_.string() + " became shorter while it was read"};
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

void PartialFile::Remove() {
  std::error_code ignored;
  std::filesystem::remove(TagPath(), ignored);
  std::filesystem::remove(path_, ignored);
}

}  // namespace coulis::models
