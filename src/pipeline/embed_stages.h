// The threads between a listing and finished rows: list → read → decode + resize + infer → the caller.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <unordered_set>

#include "coulis/engine.h"
#include "coulis/image.h"
#include "coulis/pipeline.h"
#include "coulis/progress.h"
#include "coulis/result.h"
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
};

/// Runs all stages to the end of the listing. `take` gets each row, in no particular order, on the calling
/// thread. After a stop no new image is begun; those in work still reach `take`, and the result is
/// kCancelled. Memory: bounded queues of file names, of compressed bytes and of rows.
[[nodiscard]] Result<void> RunStages(const StagesInput& input, const std::stop_token& stop,
                                     const std::function<Result<void>(FeatureRow)>& take);

}  // namespace coulis
