// A results folder of this machine, locked by the kernel.
#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/file_descriptor.h"
#include "store/lock_holder.h"

namespace coulis {
namespace {

constexpr const char* kOwnerFile = "owner.json";
constexpr std::int64_t kMaxOwnerBytes = 4096;

std::optional<LockOwner> OwnerIn(const Location& staging) {
  const Result<std::string> text = ReadText(staging / kOwnerFile, kMaxOwnerBytes);
  return text ? LockOwner::FromJson(*text) : std::nullopt;
}

// Whoever of the two kinds of runs it is.
std::string WhoIsAtWork(const Location& results) {
  for (const char* staging : {".incomplete", ".reducing"}) {
    const std::optional<LockOwner> owner = OwnerIn(results / staging);
    if (owner && !owner->IsDead()) return owner->Text();
  }
  return "";
}

class FolderLock : public ResultsLock::Holder {
 public:
  FolderLock(Location results, FileDescriptor folder)
      : results_(std::move(results)), folder_(std::move(folder)), me_(LockOwner::Me()) {}

  Result<void> Sign(const Location& staging) override {
    staging_ = staging;
    return WriteWhole(staging / kOwnerFile, me_.ToJson());
  }

  Result<void> Check(bool /*certain*/) override {
    if (staging_.empty()) return {};
    const std::optional<LockOwner> owner = OwnerIn(staging_);
    if (owner && owner->id == me_.id) {
      // Held already, or stolen from a run that may have ended since.
      (void)::flock(folder_.get(), LOCK_EX | LOCK_NB);
      return {};
    }
    return Taken(results_, owner ? owner->Text() : "");
  }

 private:
  const Location results_;
  const FileDescriptor folder_;
  const LockOwner me_;
  Location staging_;
};

}  // namespace

Result<std::unique_ptr<ResultsLock::Holder>> LockFolder(const Location& results, bool steal) {
  FileDescriptor folder(::open(results.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid() && ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK && !steal) {
    return AtWork(results, WhoIsAtWork(results));
  }
  return std::unique_ptr<ResultsLock::Holder>(std::make_unique<FolderLock>(results, std::move(folder)));
}

}  // namespace coulis
