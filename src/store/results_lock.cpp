#include "store/results_lock.h"

#include <utility>

#include "store/lock_holder.h"

namespace coulis {

Result<ResultsLock> ResultsLock::Take(const Location& results, bool steal) {
  auto holder = results.bucket() == nullptr ? LockFolder(results, steal) : LockBucket(results, steal);
  if (!holder) return holder.error();
  return ResultsLock(*std::move(holder));
}

ResultsLock::ResultsLock(std::unique_ptr<Holder> holder) : holder_(std::move(holder)) {}
ResultsLock::~ResultsLock() = default;
ResultsLock::ResultsLock(ResultsLock&&) noexcept = default;
ResultsLock& ResultsLock::operator=(ResultsLock&&) noexcept = default;

Result<void> ResultsLock::Sign(const Location& staging) {
  return holder_->Sign(staging);
}
Result<void> ResultsLock::Check(bool certain) const {
  return holder_->Check(certain);
}

Error AtWork(const Location& results, const std::string& who) {
  return {ErrorCode::kIo,
          "another run is at work in " + results.Text() + (who.empty() ? "" : " (" + who + ")") +
              ": wait until it has ended, or choose another folder; --steal-lock takes it from a "
              "run that is dead or hangs"};
}

Error Taken(const Location& results, const std::string& by) {
  return {ErrorCode::kIo, "another run has taken over " + results.Text() +
                              (by.empty() ? "" : " (" + by + ")") + ": this one ends and publishes nothing"};
}

}  // namespace coulis
