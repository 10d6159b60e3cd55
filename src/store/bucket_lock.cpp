// Results in a bucket, locked by an object that is made only where there is none.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "store/bucket.h"
#include "store/lock_holder.h"

namespace coulis {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr seconds kRefreshEvery{15};
// A check that comes sooner after the last refresh believes it.
constexpr seconds kBelieved{5};
// Whoever is faster may win so many times before we give up.
constexpr int kTries = 5;

constexpr long kBadRequest = 400;
constexpr long kNotFound = 404;
constexpr long kConflict = 409;
constexpr long kPreconditionFailed = 412;
constexpr long kNotImplemented = 501;

std::string AgeText(std::int64_t age) {
  if (age < 0) return "";
  const std::string text = age < 120     ? std::to_string(age) + " s"
                           : age < 7200  ? std::to_string(age / 60) + " min"
                           : age < 86400 ? std::to_string(age / 3600) + " h"
                                         : std::to_string(age / 86400) + " days";
  return ", last seen " + text + " ago";
}

class BucketLock : public ResultsLock::Holder {
 public:
  explicit BucketLock(const Location& results)
      : results_(results), object_(results / kLockObject), me_(LockOwner::Me()) {}
  ~BucketLock() override {
    if (!held_) return;
    refresher_.request_stop();
    wake_.notify_all();
    refresher_.join();
    if (lost_) return;
    const Result<S3Answer> removed = Send("DELETE", "If-Match: " + etag_);
    // Not every store knows the condition here.
    if (removed && (removed->status == kNotImplemented || removed->status == kBadRequest))
      (void)Send("DELETE", "");
  }
  BucketLock(const BucketLock&) = delete;
  BucketLock& operator=(const BucketLock&) = delete;

  Result<void> Take(bool steal) {
    for (int attempt = 0; attempt < kTries; ++attempt) {
      Result<S3Answer> made = Send("PUT", "If-None-Match: *");
      // A store that knows no conditions: better a lock that two may take at once than none.
      if (made && made->status == kNotImplemented) made = Send("PUT", "");
      if (!made) return made.error();
      if (made->ok()) return Hold(made->Header("etag"));
      if (made->status != kPreconditionFailed && made->status != kConflict) {
        return bucket().Failure("cannot lock", object_.path().native(), *made);
      }
      Result<bool> taken = TakeOver(steal);
      if (!taken) return taken.error();
      if (*taken) return {};
    }
    return AtWork(results_, "several runs began at once");
  }

  Result<void> Sign(const Location&) override { return {}; }

  Result<void> Check(bool certain) override {
    const std::scoped_lock lock(mutex_);
    if (!lost_ && (certain || Clock::now() - refreshed_ > kBelieved)) {
      if (Result<void> done = Refresh(); !done) return done;
    }
    return lost_ ? Taken(results_, taken_by_) : Result<void>();
  }

 private:
  [[nodiscard]] const Bucket& bucket() const { return *object_.bucket(); }

  [[nodiscard]] Result<S3Answer> Send(const char* method, const std::string& condition) const {
    S3Request request;
    request.method = method;
    request.key = object_.path().native();
    if (!condition.empty()) request.headers = {condition};
    if (request.method == "PUT") request.body = me_.ToJson();
    return bucket().Send(request);
  }

  // From one who is dead, or who is to be robbed. False: gone meanwhile, or another was faster.
  Result<bool> TakeOver(bool steal) {
    Result<S3Answer> there = Send("GET", "");
    if (!there) return there.error();
    if (there->status == kNotFound) return false;
    if (!there->ok()) return bucket().Failure("cannot read", object_.path().native(), *there);
    const std::optional<LockOwner> owner = LockOwner::FromJson(there->body);
    // An answer that was lost on its way: the lock is ours already.
    const bool mine = owner && owner->id == me_.id;
    if (!mine && !steal && !(owner && owner->IsDead())) {
      return AtWork(results_, (owner ? owner->Text() : "unknown") + AgeText(there->AgeSeconds()));
    }
    Result<S3Answer> made = Send("PUT", "If-Match: " + there->Header("etag"));
    if (!made) return made.error();
    if (!made->ok()) return false;
    if (Result<void> held = Hold(made->Header("etag")); !held) return held.error();
    return true;
  }

  Result<void> Hold(std::string etag) {
    etag_ = std::move(etag);
    refreshed_ = Clock::now();
    held_ = true;
    refresher_ = std::jthread([this](const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      // What a refresh cannot do now it tries again; a lock that is lost stays so.
      while (!lost_ && !wake_.wait_for(lock, stop, kRefreshEvery, [] { return false; }) &&
             !stop.stop_requested()) {
        (void)Refresh();
      }
    });
    return {};
  }

  // With the mutex held.
  Result<void> Refresh() {
    Result<S3Answer> made = Send("PUT", "If-Match: " + etag_);
    if (!made) return made.error();
    if (made->ok()) {
      etag_ = made->Header("etag");
      refreshed_ = Clock::now();
      return {};
    }
    if (made->status != kPreconditionFailed && made->status != kNotFound && made->status != kConflict) {
      return bucket().Failure("cannot refresh", object_.path().native(), *made);
    }
    return JudgeLoss();
  }

  // Not as we left it: written by another, or by a refresh of ours whose answer was lost.
  Result<void> JudgeLoss() {
    Result<S3Answer> there = Send("GET", "");
    if (!there) return there.error();
    if (!there->ok() && there->status != kNotFound) {
      return bucket().Failure("cannot read", object_.path().native(), *there);
    }
    const std::optional<LockOwner> owner = LockOwner::FromJson(there->body);
    if (there->ok() && owner && owner->id == me_.id) {
      etag_ = there->Header("etag");
      refreshed_ = Clock::now();
      return {};
    }
    lost_ = true;
    taken_by_ = owner ? owner->Text() : "";
    return {};
  }

  const Location results_;
  const Location object_;
  const LockOwner me_;
  std::mutex mutex_;  // of all below
  std::condition_variable_any wake_;
  std::string etag_;
  Clock::time_point refreshed_;
  bool held_ = false;
  bool lost_ = false;
  std::string taken_by_;
  std::jthread refresher_;
};

}  // namespace

Result<std::unique_ptr<ResultsLock::Holder>> LockBucket(const Location& results, bool steal) {
  auto lock = std::make_unique<BucketLock>(results);
  if (Result<void> taken = lock->Take(steal); !taken) return taken.error();
  return std::unique_ptr<ResultsLock::Holder>(std::move(lock));
}

}  // namespace coulis
