// The two kinds of a ResultsLock. Included by .cpp files of this layer only.
#pragma once

#include <memory>
#include <string>

#include "coulis/result.h"
#include "store/location.h"
#include "store/lock_owner.h"
#include "store/results_lock.h"

namespace coulis {

class ResultsLock::Holder {
 public:
  virtual ~Holder() = default;
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  [[nodiscard]] virtual Result<void> Sign(const Location& staging) = 0;
  [[nodiscard]] virtual Result<void> Check(bool certain) = 0;

 protected:
  Holder() = default;
};

[[nodiscard]] Result<std::unique_ptr<ResultsLock::Holder>> LockFolder(const Location& results, bool steal);
[[nodiscard]] Result<std::unique_ptr<ResultsLock::Holder>> LockBucket(const Location& results, bool steal);

/// kIo: RESULTS is in somebody's hands. `who`: empty when it is not known.
[[nodiscard]] Error AtWork(const Location& results, const std::string& who);

/// kIo: the lock is another's by now.
[[nodiscard]] Error Taken(const Location& results, const std::string& by);

}  // namespace coulis
