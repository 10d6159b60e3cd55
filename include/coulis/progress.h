// How far a job is, for whoever shows it.
#pragma once

#include <atomic>
#include <cstdint>

namespace coulis {

/// The phases of a job, in their order.
enum class Phase { kStarting, kPacking, kEmbedding, kFitting, kProjecting, kValidating, kMeasuring, kDone };

/// Counters that a job writes and a display reads at any time, from any thread.
struct Progress {
  std::atomic<Phase> phase{Phase::kStarting};
  /// Images found so far (while measuring: passes over them); the total once `listed` is true.
  std::atomic<std::int64_t> found{0};
  std::atomic<bool> listed{false};
  /// Images with a row in this session, bad ones too.
  std::atomic<std::int64_t> done{0};
  std::atomic<std::int64_t> bad{0};
  /// Images that an earlier session had finished (--resume); counted in `found`, not in `done`.
  std::atomic<std::int64_t> resumed{0};
  /// Requests to a store that were made again.
  std::atomic<std::int64_t> retries{0};
};

}  // namespace coulis
