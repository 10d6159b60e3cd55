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

namespace coulis::models {
namespace {

constexpr const char* kPrefix = ".pull-";
// Between making and locking a folder lie microseconds; after this long an unlocked one has no owner.
constexpr std::time_t kUnlockedSeconds = 60;

std::string Reason() {
  return std::generic_category().message(errno);
}

int OpenFolder(const std::filesystem::path& folder) {
  return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

// The kernel drops a lock when its process ends, however it ends.
bool IsAbandoned(int descriptor) {
  struct stat status{};
  return fstat(descriptor, &status) == 0 && std::time(nullptr) - status.st_mtime > kUnlockedSeconds &&
         flock(descriptor, LOCK_EX | LOCK_NB) == 0;
}

void SweepAbandoned(const std::filesystem::path& parent) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(parent, problem)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const int descriptor = OpenFolder(entry.path());
    if (descriptor < 0) continue;
    std::error_code ignored;
    if (IsAbandoned(descriptor)) std::filesystem::remove_all(entry.path(), ignored);
    close(descriptor);
  }
}

Result<void> Flush(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = descriptor >= 0 && fsync(descriptor) == 0;
  const std::string reason = flushed ? "" : Reason();
  if (descriptor >= 0) close(descriptor);
  if (!flushed) return Error{ErrorCode::kIo, "cannot write " + path.string() + ": " + reason};
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
    return Error{ErrorCode::kIo, "cannot write into " + parent.string() + ": " + Reason()};
  }
  const int lock = OpenFolder(name);
  if (lock >= 0) flock(lock, LOCK_EX | LOCK_NB);
  return Staging(name, lock);
}

Staging::Staging(Staging&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), lock_(std::exchange(other.lock_, -1)) {}

Staging::~Staging() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  if (lock_ >= 0) close(lock_);
}

Result<void> Staging::Publish(const std::string& name) {
  if (Result<void> flushed = FlushAll(folder_); !flushed) return flushed;
  std::error_code problem;
  std::filesystem::permissions(folder_, std::filesystem::perms(0755), problem);
  const std::filesystem::path target = folder_.parent_path() / name;
  if (!Replace(folder_, target)) {
    return Error{ErrorCode::kIo,
                 "cannot rename " + folder_.string() + " to " + target.string() + ": " + Reason()};
  }
  return Flush(folder_.parent_path());
}

}  // namespace coulis::models
