// Images/s of each stage, of the engine alone and of the whole, measured in turn on the same images.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <utility>

#include "base/durable_file.h"
#include "base/parallel.h"
#include "base/system_error.h"
#include "coulis/engine.h"
#include "coulis/model.h"
#include "coulis/pipeline.h"
#include "pipeline/feature_cosine.h"
#include "pipeline/image_inputs.h"
#include "pipeline/jobs.h"
#include "pipeline/stopwatch.h"
#include "store/image_files.h"
#include "store/storage.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

// A folder for the results of the whole, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code problem;
    std::string name = (fs::temp_directory_path(problem) / "coulis-bench-XXXXXX").string();
    if (!problem && ::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    if (!path_.empty()) (void)RemoveAll(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

using Bytes = std::vector<std::byte>;

double Median(const std::vector<double>& values) {
  return Quantile(values, 0.5);
}

// One pass of a stage, or several of them.
struct Passes {
  std::vector<double> images_per_second;
  std::vector<double> utilisation;
};

class StageBench {
 public:
  StageBench(const BenchOptions& options, const Engine& engine, std::vector<ImageFile> files, int threads)
      : options_(options), engine_(engine), files_(std::move(files)), threads_(threads) {}

  // Each call is one pass over all images and returns the seconds that it took. Read comes first.
  Result<double> Read() {
    std::vector<Bytes> images;
    std::mutex mutex;
    std::atomic<std::int64_t> found = 0;
    ContainerOptions options = ContainersOf(options_.embed);
    options.wish = [&](const std::string&) {
      return options_.images == 0 || found++ < options_.images ? Wish::kTake : Wish::kStop;
    };
    Result<double> seconds = ForEach(files_.size(), [&](std::size_t i) {
      ReadImages(files_[i], options, [&](Member member) {
        // A bad image costs what it costs; the whole meets it too.
        const std::scoped_lock lock(mutex);
        images.push_back(member.bytes ? *std::move(member.bytes) : Bytes());
        return true;
      });
    });
    if (images.empty()) return Error{ErrorCode::kNotFound, "no images found to measure with"};
    bytes_ = std::move(images);
    return seconds;
  }

  Result<double> Preprocess(DecodeMode mode) {
    return OnEachThread(bytes_.size(), [&](auto next) -> Result<void> {
      Preprocessor preprocessor = NewPreprocessor(mode);
      std::vector<std::uint8_t> pixels(PixelBytes());
      while (const auto i = next()) (void)preprocessor.Run(bytes_[*i], pixels);
      return {};
    });
  }

  Result<double> Infer() {
    return OnEachThread(bytes_.size(), [&](auto next) -> Result<void> {
      Result<InferRequest> request = engine_.NewRequest();
      if (!request) return request.error();
      std::span<std::uint8_t> input = request->input();
      std::fill(input.begin(), input.end(), std::uint8_t{128});
      while (next()) {
        if (Result<std::span<const float>> features = request->Run(); !features) return features.error();
      }
      return {};
    });
  }

  Result<double> Whole(const fs::path& folder, std::stop_token stop) {
    EmbedOptions embed = options_.embed;
    embed.results = folder / "results";
    embed.existing = ExistingResults::kOverwrite;
    embed.limit = options_.images;
    ReduceOptions reduce;
    reduce.results = embed.results;
    reduce.threads = embed.threads;
    Result<RunRecord> record = EmbedAndReduce(embed, reduce, nullptr, std::move(stop));
    if (!record) return record.error();
    return record->timing.embed + record->timing.reduce;
  }

  // The features of `mode` against those of exact decoding; bad images are left out.
  Result<FeatureCosine> AgainstExact(DecodeMode mode) {
    std::vector<double> cosines;
    std::mutex mutex;
    Result<double> done = OnEachThread(bytes_.size(), [&](auto next) -> Result<void> {
      Result<InferRequest> request = engine_.NewRequest();
      if (!request) return request.error();
      Preprocessor exact = NewPreprocessor(DecodeMode::kExact);
      Preprocessor other = NewPreprocessor(mode);
      while (const auto i = next()) {
        if (!exact.Run(bytes_[*i], request->input())) continue;
        Result<std::span<const float>> features = request->Run();
        if (!features) return features.error();
        const std::vector<float> expected(features->begin(), features->end());
        if (!other.Run(bytes_[*i], request->input())) continue;
        features = request->Run();
        if (!features) return features.error();
        const std::scoped_lock lock(mutex);
        cosines.push_back(Cosine(expected, *features));
      }
      return {};
    });
    if (!done) return done.error();
    return SumUp(cosines);
  }

  // One more pass of a stage. Utilisation is that of the call, which for the whole includes its start.
  Result<void> AddPass(const std::function<Result<double>()>& stage, Passes& passes) const {
    const double processor_before = ProcessorSeconds();
    const Stopwatch watch;
    Result<double> seconds = stage();
    if (!seconds) return seconds.error();
    passes.utilisation.push_back((ProcessorSeconds() - processor_before) / watch.Seconds() / threads_);
    passes.images_per_second.push_back(static_cast<double>(bytes_.size()) / *seconds);
    return {};
  }

 private:
  // User and system time of all threads.
  static double ProcessorSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  [[nodiscard]] Preprocessor NewPreprocessor(DecodeMode mode) const {
    DecodeOptions decode = options_.embed.decode;
    decode.mode = mode;
    return Preprocessor(engine_.fit(), decode);
  }

  [[nodiscard]] std::size_t PixelBytes() const {
    const ImageSize size = engine_.input_size();
    return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3;
  }

  template <typename Body>
  Result<double> ForEach(std::size_t count, const Body& body) const {
    return OnEachThread(count, [&](auto next) -> Result<void> {
      while (const auto i = next()) body(*i);
      return {};
    });
  }

  // `body(next)` runs once on each thread; next() gives the next index below `count`, or nothing.
  template <typename Body>
  Result<double> OnEachThread(std::size_t count, const Body& body) const {
    std::atomic<std::size_t> counter = 0;
    auto next = [&]() -> std::optional<std::size_t> {
      const std::size_t i = counter++;
      return i < count ? std::optional(i) : std::nullopt;
    };
    const Stopwatch watch;
    Result<void> done = ParallelFor(threads_, threads_, [&](std::int64_t) { return body(next); });
    if (!done) return done.error();
    return watch.Seconds();
  }

  const BenchOptions& options_;
  const Engine& engine_;
  std::vector<ImageFile> files_;
  int threads_;
  std::vector<Bytes> bytes_;
};

Result<std::vector<ImageFile>> ListFiles(const BenchOptions& options) {
  if (options.embed.manifest == "-") {
    return Error{ErrorCode::kInvalidArgument, "each stage reads the list of --files: it has to be a file"};
  }
  const Storage storage(options.embed.storage);
  Result<Listing> listing = OpenListing(options.embed, storage);
  if (!listing) return listing.error();
  std::vector<ImageFile> files;
  while (options.images == 0 || std::cmp_less(files.size(), options.images)) {
    Result<std::optional<ImageFile>> file = listing->Next();
    if (!file) return file.error();
    if (!*file) break;
    files.push_back(**std::move(file));
  }
  if (files.empty()) return Error{ErrorCode::kNotFound, "no images found to measure with"};
  return files;
}

Result<Engine> LoadEngine(const EmbedOptions& options, int threads) {
  Result<Model> model = OpenModel(options.model, options.precision);
  if (!model) return model.error();
  return Engine::Load(*model, {.threads = threads,
                               .layer = options.layer,
                               .precision = options.precision,
                               .cache_folder = DefaultCacheFolder()});
}

using Stage = std::pair<std::string, std::function<Result<double>()>>;

std::vector<Stage> StagesOf(StageBench& bench, DecodeMode mode, const fs::path& folder,
                            const std::stop_token& stop) {
  std::vector<Stage> stages = {{"read", [&] { return bench.Read(); }},
                               {"decode + resize", [&, mode] { return bench.Preprocess(mode); }}};
  if (mode != DecodeMode::kExact) {
    stages.emplace_back("decode + resize, exact", [&] { return bench.Preprocess(DecodeMode::kExact); });
  }
  stages.emplace_back("engine alone", [&] { return bench.Infer(); });
  stages.emplace_back("whole (images to Parquet, PCA included)", [&] { return bench.Whole(folder, stop); });
  return stages;
}

}  // namespace

Result<BenchReport> Bench(const BenchOptions& options, Progress* progress, std::stop_token stop) {
  if (options.rounds < 1 || options.images < 0) {
    return Error{ErrorCode::kInvalidArgument, "rounds must be at least 1 and images at least 0"};
  }
  Result<int> threads = ResolveThreads(options.embed.threads);
  if (!threads) return threads.error();
  Result<std::vector<ImageFile>> files = ListFiles(options);
  if (!files) return files.error();
  Result<Engine> engine = LoadEngine(options.embed, *threads);
  if (!engine) return engine.error();
  const TemporaryFolder folder;
  if (folder.path().empty()) return SystemError("cannot make a temporary folder");

  StageBench bench(options, *engine, *std::move(files), *threads);
  const DecodeMode mode = options.embed.decode.mode;
  const std::vector<Stage> stages = StagesOf(bench, mode, folder.path(), stop);
  std::vector<Passes> passes(stages.size());
  Progress unseen;
  Progress& counters = progress != nullptr ? *progress : unseen;
  counters.found = options.rounds * std::ssize(stages) + (mode != DecodeMode::kExact ? 1 : 0);
  counters.listed = true;
  counters.phase = Phase::kMeasuring;
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t i = 0; i < stages.size(); ++i) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
      if (Result<void> added = bench.AddPass(stages[i].second, passes[i]); !added) return added.error();
      ++counters.done;
    }
  }
  BenchReport report;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    report.stages.push_back(
        {stages[i].first, Median(passes[i].images_per_second), *threads, Median(passes[i].utilisation)});
  }
  if (mode != DecodeMode::kExact) {
    Result<FeatureCosine> cosine = bench.AgainstExact(mode);
    if (!cosine) return cosine.error();
    report.against_exact = *cosine;
    ++counters.done;
  }
  counters.phase = Phase::kDone;
  return report;
}

}  // namespace coulis
