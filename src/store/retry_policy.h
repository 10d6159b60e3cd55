// When a request is made again, and after how long; shared by all clients of a job, which it counts for.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "coulis/progress.h"
#include "coulis/storage.h"

namespace coulis {

/// Counters of a job's requests. Thread-safe.
struct StorageCounters {
  std::atomic<std::int64_t> requests{0};
  std::atomic<std::int64_t> objects{0};
  std::atomic<std::int64_t> bytes{0};
  std::atomic<std::int64_t> retries{0};
  std::atomic<std::int64_t> throttled{0};

  [[nodiscard]] StorageCounts Take() const {
    return {requests.load(), objects.load(), bytes.load(), retries.load(), throttled.load()};
  }
};

/// Exponential back-off with full jitter: a random time between 0 and the smaller of 20 s and
/// 100 ms · 2^attempt (500 ms · 2^attempt when the store asks for less), so that many clients do not come
/// back at once. Source: Amazon Builders' Library, "Timeouts, retries, and backoff with jitter". Thread-safe.
class RetryPolicy {
 public:
  /// `progress`: where retries are counted as well; may be null, else it must outlive all requests.
  explicit RetryPolicy(int retries, Progress* progress = nullptr) : retries_(retries), progress_(progress) {}

  /// How a request failed.
  struct Failure {
    std::string code;      ///< "SlowDown", "ExpiredToken"; may be empty.
    bool passing = false;  ///< Whether the client takes it for something that passes.
  };

  /// Whether to try again after `attempted` retries; counts it.
  [[nodiscard]] bool ShouldRetry(const Failure& failure, std::int64_t attempted);
  [[nodiscard]] std::chrono::milliseconds Pause(const Failure& failure, std::int64_t attempted) const;

  [[nodiscard]] StorageCounters& counters() { return counters_; }

 private:
  const int retries_;
  Progress* const progress_;
  StorageCounters counters_;
};

/// True for statuses that pass: 408, 429, 500, 502, 503, 504.
[[nodiscard]] bool IsPassing(long http_status);

}  // namespace coulis
