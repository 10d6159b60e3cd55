#include <algorithm>
#include <atomic>
#include <filesystem>
#include <utility>

#include "base/cores.h"
#include "base/environment.h"
#include "base/path_text.h"
#include "coulis/engine.h"
#include "coulis/model.h"
#include "coulis/version.h"
#include "pipeline/embed_stages.h"
#include "pipeline/feature_moments.h"
#include "pipeline/finished_rows.h"
#include "pipeline/image_inputs.h"
#include "pipeline/jobs.h"
#include "pipeline/stopwatch.h"
#include "store/listing.h"
#include "store/name_patterns.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

// Without a PCA in sight moments are taken for a later one, unless they would need more than 128 MB.
constexpr int kLongestUnasked = 4096;

constexpr int kMaxThreads = 1024;

Result<void> CheckOptions(const EmbedOptions& options) {
  const DecodeLimits& limits = options.decode.limits;
  if (options.results.empty())
    return Error{ErrorCode::kInvalidArgument, "no results folder was given (--out)"};
  if (options.rows_per_part < 1 || options.bytes_per_part < 1)
    return Error{ErrorCode::kInvalidArgument, "rows and bytes per part must be at least 1"};
  if (options.limit < 0) return Error{ErrorCode::kInvalidArgument, "the limit must not be negative"};
  if (limits.max_pixels < 1 || limits.max_bytes < 1) {
    return Error{ErrorCode::kInvalidArgument, "limits of pixels and bytes must be at least 1"};
  }
  return {};
}

// What run.json will say of this run before any image was read.
RunRecord Plan(const EmbedOptions& options, const std::vector<std::string>& inputs,
               const std::vector<std::string>& globs, const Model& model, const Engine& engine, int threads) {
  RunRecord plan;
  plan.coulis_version = Version();
  plan.inputs = inputs;
  plan.manifest = ManifestText(options.manifest);
  plan.image_column = options.image_column;
  plan.label = options.label == LabelSource::kParent ? "parent" : "none";
  for (const std::string& glob : globs) plan.globs.push_back(PathText(glob));
  plan.exif_rotate = options.decode.exif_rotate;
  plan.max_pixels = options.decode.limits.max_pixels;
  plan.max_bytes = options.decode.limits.max_bytes;
  plan.threads = threads;
  plan.model_name = model.description.name;
  plan.model_sha256 = model.description.sha256;
  plan.preprocessing = PreprocessingText(model.description);
  plan.layer = options.layer.empty() ? model.description.layer : options.layer;
  plan.precision = ToString(options.precision);
  plan.decode = ToString(options.decode.mode);
  plan.feature_length = engine.feature_length();
  return plan;
}

// Takes rows to features/ and, when asked for, to the moments.
class RowSink {
 public:
  /// `folder`: where `writer` writes, in `staging`. `moments` may be null.
  RowSink(const Staging& staging, Location folder, FeatureWriter writer, MomentsTaker* moments,
          Progress& progress)
      : staging_(staging),
        folder_(std::move(folder)),
        writer_(std::move(writer)),
        moments_(moments),
        progress_(progress) {}

  Result<void> Take(const FeatureRow& row) {
    if (Result<void> appended = writer_.Append(row); !appended) return appended;
    if (moments_ != nullptr && !row.error) moments_->Add(row.features);
    if (Result<void> told = TellOfParts(); !told) return told;
    if (row.error) {
      ++progress_.bad;
      if (bad_examples_.size() < RunRecord::kBadExamples) bad_examples_.push_back({row.path, *row.error});
    }
    ++progress_.done;
    return {};
  }

  Result<void> Finish() {
    if (Result<void> finished = writer_.Finish(); !finished) return finished;
    if (Result<void> told = TellOfParts(); !told) return told;
    return moments_ != nullptr ? moments_->Finish() : Result<void>();
  }

  [[nodiscard]] const std::vector<PartRecord>& parts() const { return writer_.parts(); }
  [[nodiscard]] const std::vector<BadImage>& bad_examples() const { return bad_examples_; }

 private:
  Result<void> TellOfParts() {
    for (; told_ < writer_.parts().size(); ++told_) {
      if (Result<void> held = staging_.CheckLock(); !held) return held;
      if (moments_ == nullptr) continue;
      if (Result<void> done = moments_->PartFinished(folder_ / writer_.parts()[told_].file); !done)
        return done;
    }
    return {};
  }

  const Staging& staging_;
  Location folder_;
  FeatureWriter writer_;
  MomentsTaker* moments_;
  Progress& progress_;
  std::size_t told_ = 0;  // parts that the moments know of
  std::vector<BadImage> bad_examples_;
};

void Count(const std::vector<PartRecord>& new_parts, const FinishedRows& finished, RunRecord& record) {
  record.features = finished.parts;
  for (PartRecord part : new_parts) {
    part.file = std::string(kFeatures) + "/" + part.file;
    record.features.push_back(std::move(part));
  }
  std::sort(record.features.begin(), record.features.end(),
            [](const PartRecord& a, const PartRecord& b) { return a.file < b.file; });
  for (const PartRecord& part : record.features) {
    record.images += part.rows;
    record.bad += part.bad;
  }
}

bool WantsMoments(const ReduceOptions* reduce, int feature_length) {
  return reduce != nullptr ? reduce->pca_from.empty() : feature_length <= kLongestUnasked;
}

Error NoImages(const RunRecord& record) {
  std::string inputs;
  for (const std::string& input : record.inputs) inputs += " " + input;
  if (!record.manifest.empty()) inputs += " " + (record.manifest == "-" ? "standard input" : record.manifest);
  std::string globs;
  for (const std::string& glob : record.globs) globs += " " + glob;
  return {ErrorCode::kNotFound, "no images found in" + inputs + " (looked for" + globs + "; " +
                                    std::to_string(record.ignored) + " other files were passed over)"};
}

// A failure in the middle, with what is left of the work.
Error FinishedKept(Error error, const RunRecord& record) {
  if (error.code == ErrorCode::kCancelled || record.images == 0) return error;
  error.message += "; " + std::to_string(record.images) + " finished images are kept: go on with --resume";
  return error;
}

// Runs the stages into a staged result; counts what there is then, also after a stop or failure.
Result<void> EmbedAll(const StagesInput& input, const EmbedOptions& options, const FinishedRows& finished,
                      MomentsTaker* moments, const std::stop_token& stop, Embedded& embedded) {
  Result<Location> folder = embedded.staging.Section(kFeatures);
  if (!folder) return folder.error();
  FeatureWriter writer(*folder, input.engine.feature_length(),
                       {options.rows_per_part, options.bytes_per_part}, finished.next_part);
  RowSink sink(embedded.staging, *folder, std::move(writer), moments, input.progress);

  const Stopwatch watch;
  Result<void> done = RunStages(input, stop, [&](const FeatureRow& row) { return sink.Take(row); });
  // After a stop the rows so far make a part, so that nothing that was finished is done again.
  if (done || done.error().code == ErrorCode::kCancelled) {
    if (Result<void> written = sink.Finish(); !written) done = std::move(written);
  }
  RunRecord& record = embedded.record;
  Count(sink.parts(), finished, record);
  record.bad_examples = sink.bad_examples();
  record.ignored = input.listing.ignored() + input.ignored;
  record.timing.embed = watch.Seconds();
  record.timing.images_per_second = static_cast<double>(input.progress.done) / record.timing.embed;
  if (!done && done.error().code == ErrorCode::kCancelled) return StoppedEarly(record);
  return done;
}

// What is true of the results as a whole, not of this session.
Result<void> CarryOn(const Staging& staging, RunRecord& plan) {
  if (!staging.extends()) return {};
  Result<RunRecord> before = ReadRecordOf(staging.results());
  if (!before) return before.error();
  plan.forgotten = before->forgotten;
  return {};
}

}  // namespace

Error StoppedEarly(const RunRecord& record) {
  return {ErrorCode::kCancelled, "stopped; " + std::to_string(record.images) +
                                     " finished images are kept: the same command with --resume goes on"};
}

Result<int> ResolveThreads(int threads) {
  if (threads < 0 || threads > kMaxThreads) {
    return Error{ErrorCode::kInvalidArgument,
                 "threads must be 0 (all cores) to " + std::to_string(kMaxThreads)};
  }
  return threads == 0 ? UsableCores() : threads;
}

const std::vector<std::string>& DefaultGlobs() {
  return ImagePatterns();
}

fs::path DefaultCacheFolder() {
  if (const std::string cache = EnvironmentVariable("XDG_CACHE_HOME"); cache.starts_with('/')) {
    return fs::path(cache) / "coulis";
  }
  const std::string home = EnvironmentVariable("HOME");
  return !home.empty() ? fs::path(home) / ".cache/coulis" : fs::path();
}

Result<Embedded> EmbedJob(const EmbedOptions& options, const ReduceOptions* reduce, const Storage& storage,
                          Progress& progress, const std::stop_token& stop) {
  if (Result<void> checked = CheckOptions(options); !checked) return checked.error();
  Result<int> threads = ResolveThreads(options.threads);
  if (!threads) return threads.error();
  const std::vector<std::string>& globs = options.globs.empty() ? DefaultGlobs() : options.globs;
  Result<Listing> listing = OpenListing(options, storage);
  if (!listing) return listing.error();
  Result<Model> model = OpenModel(options.model, options.precision);
  if (!model) return model.error();
  const fs::path cache = options.cache_folder.empty() ? DefaultCacheFolder() : options.cache_folder;
  Result<Engine> engine = Engine::Load(
      *model,
      {.threads = *threads, .layer = options.layer, .precision = options.precision, .cache_folder = cache});
  if (!engine) return engine.error();

  RunRecord plan = Plan(options, listing->inputs(), globs, *model, *engine, *threads);
  if (reduce != nullptr) {
    if (Result<void> checked = CheckReduce(*reduce, storage, plan); !checked) return checked.error();
  }
  Result<Location> results = storage.Open(options.results);
  if (!results) return results.error();
  Result<Staging> staging = Staging::ForEmbed(*results, options.existing, plan, options.steal_lock);
  if (!staging) return staging.error();
  if (Result<void> carried = CarryOn(*staging, plan); !carried) return carried.error();
  Embedded embedded{*std::move(staging), std::move(plan), std::nullopt};
  Result<std::vector<Location>> earlier = embedded.staging.FeatureParts();
  if (!earlier) return earlier.error();
  Result<FinishedRows> finished = ReadFinishedRows(*earlier);
  if (!finished) return finished.error();
  std::optional<MomentsTaker> moments;
  if (WantsMoments(reduce, engine->feature_length())) {
    moments.emplace(embedded.staging, StoredMoments(embedded.staging, *earlier, engine->feature_length()));
  }

  progress.phase = Phase::kEmbedding;
  const ContainerOptions containers = ContainersOf(options);
  std::atomic<std::int64_t> ignored = 0;
  const StagesInput input{
      *listing,        *engine,       options.decode, options.label,
      finished->paths, options.limit, *threads,       ReadersOf(*listing, options.storage),
      progress,        containers,    ignored};
  Result<void> done = EmbedAll(input, options, *finished, moments ? &*moments : nullptr, stop, embedded);
  if (done && embedded.record.images == 0) done = NoImages(embedded.record);
  if (!done) {
    embedded.staging.DropIfNothingWasFinished();
    return FinishedKept(done.error(), embedded.record);
  }
  if (moments) embedded.moments = moments->TakeAll();
  return embedded;
}

}  // namespace coulis
