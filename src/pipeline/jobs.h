// The two halves of a run, which grow a staged result without publishing it.
#pragma once

#include <optional>
#include <stop_token>

#include "coulis/pipeline.h"
#include "store/moments_file.h"
#include "store/results_folder.h"
#include "store/storage.h"

namespace coulis {

/// Features that are complete, but staged.
struct Embedded {
  Staging staging;
  RunRecord record;
  /// Of the parts that this session wrote, and of earlier ones whose moments were stored; nothing when they
  /// were not taken.
  std::optional<PartsMoments> moments;
};

/// See `Embed` in coulis/pipeline.h. `reduce`: what will be done with the features, null for nothing; what is
/// wrong with it is found before any image is read.
[[nodiscard]] Result<Embedded> EmbedJob(const EmbedOptions& options, const ReduceOptions* reduce,
                                        const Storage& storage, Progress& progress,
                                        const std::stop_token& stop);

/// Whether `options` can work on features as `plan` describes them, as far as that shows before they are
/// there.
[[nodiscard]] Result<void> CheckReduce(const ReduceOptions& options, const Storage& storage,
                                       const RunRecord& plan);

/// What PcaRecord::fitted_on says of a PCA that was not taken from other results.
inline constexpr const char* kFittedHere = "this run";

/// The choice as run.json writes it.
[[nodiscard]] std::string ChoiceText(const ComponentChoice& choice);

/// kCancelled, with what stays and how to go on.
[[nodiscard]] Error StoppedEarly(const RunRecord& record);

/// Fits or takes a PCA, projects every feature part and fills `record.pca`. `known`: moments of some parts,
/// if there are; what they lack is read.
[[nodiscard]] Result<void> ReduceJob(const ReduceOptions& options, const Storage& storage,
                                     const Staging& staging, RunRecord& record,
                                     std::optional<PartsMoments> known, Progress& progress,
                                     const std::stop_token& stop);

/// `threads`, or one per usable core when it is 0. Errors: kInvalidArgument.
[[nodiscard]] Result<int> ResolveThreads(int threads);

}  // namespace coulis
