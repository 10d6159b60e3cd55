#include "pipeline/jobs.h"

#include <utility>

#include "base/utc_now.h"

namespace coulis {
namespace {

Result<RunRecord> PublishRecord(const Storage& storage, const Staging& staging, RunRecord& record,
                                Progress& progress) {
  record.created = UtcNow();
  record.storage = storage.Record();
  if (Result<void> published = staging.Publish(record); !published) return published.error();
  progress.phase = Phase::kDone;
  return std::move(record);
}

// A resumed run that found nothing new leaves a complete result as it is.
bool IsCompleteAlready(const Embedded& embedded) {
  return embedded.staging.extends() && embedded.staging.IsEmpty();
}

// Leaves earlier results as they are, unlocked.
void LetGo(const Embedded embedded) {  // NOLINT(performance-unnecessary-value-param): ended here
  embedded.staging.DropIfNothingWasFinished();
}

// Whether the earlier results hold the PCA that is asked for. One of other results may be another by now.
bool HasPca(const RunRecord& before, const ReduceOptions& reduce) {
  if (before.pca && reduce.keep_pca) return true;
  return before.pca && reduce.pca_from.empty() && before.pca->fitted_on == kFittedHere &&
         before.pca->components == ChoiceText(reduce.components);
}

// Whatever became of the PCA, the features are staged and whole.
Error FeaturesKept(Error error, const RunRecord& record) {
  if (error.code == ErrorCode::kCancelled) return StoppedEarly(record);
  error.message += "; the features are kept: go on with --resume";
  if (error.code == ErrorCode::kInvalidArgument) error.message += " and other --components, or none";
  return error;
}

Result<RunRecord> ReduceIn(const ReduceOptions& options, const Storage& storage, Progress* progress,
                           const std::stop_token& stop) {
  Progress unseen;
  Progress& counters = progress != nullptr ? *progress : unseen;
  Result<Location> results = storage.Open(options.results);
  if (!results) return results.error();
  Result<Staging> staging = Staging::ForReduce(*results, options.steal_lock);
  if (!staging) return staging.error();
  Result<RunRecord> record = ReadRecordOf(*results);
  if (!record) return record.error();
  if (Result<void> reduced = ReduceJob(options, storage, *staging, *record, std::nullopt, counters, stop);
      !reduced) {
    staging->DropIfNothingWasFinished();
    if (reduced.error().code != ErrorCode::kCancelled) return reduced.error();
    return Error{ErrorCode::kCancelled,
                 "stopped; the results are as they were: the same command begins anew"};
  }
  return PublishRecord(storage, *staging, *record, counters);
}

}  // namespace

Result<RunRecord> Embed(const EmbedOptions& options, Progress* progress, std::stop_token stop) {
  Progress unseen;
  Progress& counters = progress != nullptr ? *progress : unseen;
  const Storage storage(options.storage, &counters);
  Result<Embedded> embedded = EmbedJob(options, /*reduce=*/nullptr, storage, counters, stop);
  if (!embedded) return embedded.error();
  if (IsCompleteAlready(*embedded)) {
    embedded->staging.DropIfNothingWasFinished();
    return ReadRecordOf(embedded->staging.results());
  }
  return PublishRecord(storage, embedded->staging, embedded->record, counters);
}

Result<RunRecord> Reduce(const ReduceOptions& options, Progress* progress, std::stop_token stop) {
  return ReduceIn(options, Storage(options.storage, progress), progress, stop);
}

Result<RunRecord> EmbedAndReduce(const EmbedOptions& embed, const ReduceOptions& reduce, Progress* progress,
                                 std::stop_token stop) {
  Progress unseen;
  Progress& counters = progress != nullptr ? *progress : unseen;
  const bool fits = reduce.pca_from.empty();
  const Storage storage(embed.storage, &counters);
  Result<Embedded> embedded = EmbedJob(embed, &reduce, storage, counters, stop);
  if (!embedded) return embedded.error();
  if (IsCompleteAlready(*embedded)) {
    const Location results = embedded->staging.results();
    LetGo(*std::move(embedded));
    Result<RunRecord> before = ReadRecordOf(results);
    if (!before || HasPca(*before, reduce)) return before;
    return ReduceIn(reduce, storage, progress, stop);
  }
  RunRecord& record = embedded->record;
  const bool can_fit = record.images - record.bad >= 2;
  if (!fits || can_fit) {
    Result<void> reduced =
        ReduceJob(reduce, storage, embedded->staging, record, std::move(embedded->moments), counters, stop);
    if (!reduced) return FeaturesKept(reduced.error(), record);
  }
  return PublishRecord(storage, embedded->staging, record, counters);
}

}  // namespace coulis
