// Keeps a second run out of a results folder.
#pragma once

#include <memory>
#include <string>

#include "coulis/result.h"
#include "store/location.h"

namespace coulis {

/// The lock of results in a bucket: an object right below RESULTS.
inline constexpr const char* kLockObject = ".lock";

/// What holds a results folder while it lives.
///
/// On this machine it is a lock of the kernel's, which ends however the process does, and a file in the
/// staging folder that says who; a file system that has no such locks goes without. In a bucket it is an
/// object that is made only where there is none (If-None-Match), written anew while the run lives, and
/// removed at its end; that of a process of this machine that is dead is taken over.
///
/// Thread-safe but for moving.
class ResultsLock {
 public:
  /// `steal`: take it from whoever holds it, who will not publish. Errors: kIo (another run is at work; the
  /// message says which, and since when).
  [[nodiscard]] static Result<ResultsLock> Take(const Location& results, bool steal);
  ~ResultsLock();
  ResultsLock(ResultsLock&&) noexcept;
  ResultsLock& operator=(ResultsLock&&) noexcept;

  /// Says in the staging folder, once it is there, who is at work.
  [[nodiscard]] Result<void> Sign(const Location& staging);

  /// kIo when another run has taken it. In a bucket what was known a few seconds ago is believed, unless it
  /// must be `certain`.
  [[nodiscard]] Result<void> Check(bool certain = false) const;

  /// What it is on one kind of storage.
  class Holder;

 private:
  explicit ResultsLock(std::unique_ptr<Holder> holder);
  std::unique_ptr<Holder> holder_;
};

}  // namespace coulis
