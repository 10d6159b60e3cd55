// The two halves of a run, which grow a staged result without publishing it.
#pragma once

#include <optional>
#include <stop_token>

#include "coulis/moments.h"
#include "coulis/pipeline.h"
#include "store/results_folder.h"

namespace coulis {

/// Features that are complete, but staged.
struct Embedded {
  Staging staging;
  RunRecord record;
  /// Of the rows that this session embedded; nothing when they were not asked for.
  std::optional<Moments> fresh_moments;
  /// Parts of earlier sessions, whose rows are not in `fresh_moments`; empty for a run that was not resumed.
  std::vector<std::filesystem::path> earlier_parts;
  /// False when a resumed run found nothing to do.
  bool added_rows = false;
};

/// See `Embed` in coulis/pipeline.h.
[[nodiscard]] Result<Embedded> EmbedJob(const EmbedOptions& options, bool with_moments, Progress& progress,
                                        const std::stop_token& stop);

/// Fits or takes a PCA, projects every feature part and fills `record.pca`. `moments`: of all good rows, when
/// they are known already.
[[nodiscard]] Result<void> ReduceJob(const ReduceOptions& options, const Staging& staging, RunRecord& record,
                                     std::optional<Moments> moments, Progress& progress,
                                     const std::stop_token& stop);

/// `threads`, or one per usable core when it is 0. Errors: kInvalidArgument.
[[nodiscard]] Result<int> ResolveThreads(int threads);

/// Now, as run.json writes it: "2026-01-31T12:00:00Z".
[[nodiscard]] std::string UtcNow();

}  // namespace coulis
