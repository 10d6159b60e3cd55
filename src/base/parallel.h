#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "coulis/result.h"

namespace coulis {

/// Calls `body(i)` (returning Result<void>) for 0 ≤ i < count on up to `threads` threads, the calling one
/// among them. After the first error no further index is begun; that error is returned.
template <typename Body>
Result<void> ParallelFor(int threads, std::int64_t count, const Body& body) {
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex;
  std::optional<Error> first_error;

  auto work = [&] {
    for (std::int64_t i = next++; i < count; i = next++) {
      if (Result<void> done = body(i); !done) {
        next = count;
        std::scoped_lock lock(mutex);
        if (!first_error) first_error = done.error();
      }
    }
  };
  std::vector<std::thread> others;
  const auto wanted = std::min<std::int64_t>(threads, count);
  for (std::int64_t t = 1; t < wanted; ++t) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  if (first_error) return *first_error;
  return {};
}

}  // namespace coulis
