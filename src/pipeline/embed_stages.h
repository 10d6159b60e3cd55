// The threads between a listing and finished rows: list → read, with the
// members of containers → decode + resize + infer → the caller.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <unordered_set>

#include "coulis/engine.h"
#include "coulis/image.h"
#include "coulis/pipeline.h"
#include "coulis/progress.h"
#include "coulis/result.h"
#include "store/container.h"
#include "store/feature_writer.h"
#include "store/listing.h"

namespace coulis {

/// What the stages work on and how.
struct StagesInput {
  Listing& listing;
  const Engine& engine;
  const DecodeOptions& decode;
  LabelSource label;
  /// Images that are finished already.
  const std::unordered_set<std::string>& finished;
  std::int64_t limit;  ///< 0: all.
  int threads;         ///< Workers that decode and infer.
  int readers;         ///< Threads that read.
  Progress& progress;
  /// How containers are read; `wish` is not used.
  const ContainerOptions& containers;
  /// Counts members of containers that are passed over for their names.
  std::atomic<std::int64_t>& ignored;
};

/// Runs all stages to the end of the listing. `take` gets each row, in no particular order, on the calling
/// thread. After a stop no new image is begun; those in work still reach `take`, and the result is
/// kCancelled. Memory: bounded queues of file names, of compressed bytes and of rows, and what each reader
/// holds of its container.
[[nodiscard]] Result<void> RunStages(const StagesInput& input, const std::stop_token& stop,
                                     const std::function<Result<void>(FeatureRow)>& take);

}  // namespace coulis
