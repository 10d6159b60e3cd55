#include "models/staging.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/system_error.h"

namespace coulis::models {
namespace {

constexpr const char* kPrefix = ".pull-";
// Between making and locking a folder lie microseconds; after this long an unlocked one has no owner.
constexpr std::time_t kUnlockedSeconds = 60;

FileDescriptor OpenFolder(const std::filesystem::path& folder) {
  return FileDescriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

// The kernel drops a lock when its process ends, however it ends.
bool IsAbandoned(const FileDescriptor& folder) {
  struct stat status{};
  return fstat(folder.get(), &status) == 0 && std::time(nullptr) - status.st_mtime > kUnlockedSeconds &&
         flock(folder.get(), LOCK_EX | LOCK_NB) == 0;
}

void SweepAbandoned(const std::filesystem::path& parent) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(parent, problem)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const FileDescriptor folder = OpenFolder(entry.path());
    std::error_code ignored;
    if (folder.valid() && IsAbandoned(folder)) std::filesystem::remove_all(entry.path(), ignored);
  }
}

Result<void> Flush(const std::filesystem::path& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || fsync(file.get()) != 0) return SystemError("cannot write " + path.string());
  return {};
}

Result<void> FlushAll(const std::filesystem::path& folder) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    if (Result<void> flushed = Flush(entry.path()); !flushed) return flushed;
  }
  if (problem) return Error{ErrorCode::kIo, "cannot read " + folder.string() + ": " + problem.message()};
  return Flush(folder);
}

// RENAME_EXCHANGE leaves no moment without the folder; where the file system lacks it, the old one goes
// first.
bool Replace(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno != ENOTEMPTY && errno != EEXIST) return false;
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return true;
  std::error_code problem;
  std::filesystem::remove_all(to, problem);
  return rename(from.c_str(), to.c_str()) == 0;
}

}  // namespace

Result<Staging> Staging::Make(const std::filesystem::path& parent) {
  std::error_code problem;
  std::filesystem::create_directories(parent, problem);
  if (problem) return Error{ErrorCode::kIo, "cannot make " + parent.string() + ": " + problem.message()};
  SweepAbandoned(parent);
  std::string name = (parent / (std::string(kPrefix) + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) {
    return SystemError("cannot write into " + parent.string());
  }
  FileDescriptor lock = OpenFolder(name);
  if (lock.valid()) flock(lock.get(), LOCK_EX | LOCK_NB);
  return Staging(name, std::move(lock));
}

Staging::Staging(Staging&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), lock_(std::move(other.lock_)) {}

Staging::~Staging() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Result<void> Staging::Publish(const std::string& name) {
  if (Result<void> flushed = FlushAll(folder_); !flushed) return flushed;
  chmod(folder_.c_str(), 0755);  // mkdtemp makes it for the owner alone.
  const std::filesystem::path target = folder_.parent_path() / name;
  if (!Replace(folder_, target)) {
    return SystemError("cannot rename " + folder_.string() + " to " + target.string());
  }
  return Flush(folder_.parent_path());
}

}  // namespace coulis::models
