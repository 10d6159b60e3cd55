// Images/s of each stage, of the engine alone and of the whole, measured in turn on the same images.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/durable_file.h"
#include "base/parallel.h"
#include "base/system_error.h"
#include "coulis/engine.h"
#include "coulis/model.h"
#include "coulis/pipeline.h"
#include "pipeline/jobs.h"
#include "pipeline/stopwatch.h"
#include "store/listing.h"
#include "store/read_file.h"

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

class StageBench {
 public:
  StageBench(const BenchOptions& options, const Engine& engine, std::vector<ImageFile> files, int threads)
      : options_(options),
        engine_(engine),
        files_(std::move(files)),
        threads_(threads),
        bytes_(files_.size()) {}

  // Each call returns images/s of one pass.
  Result<double> Read() {
    return Rate([this](std::size_t i) -> Result<void> {
      if (Result<Bytes> bytes = ReadFile(files_[i].file, options_.embed.decode.limits.max_bytes)) {
        bytes_[i] = *std::move(bytes);
      }
      return {};
    });
  }

  Result<double> Preprocess() {
    const ImageSize size = engine_.input_size();
    const auto length = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3;
    return RatePerThread([&](auto next) -> Result<void> {
      Preprocessor preprocessor(engine_.fit(), options_.embed.decode);
      std::vector<std::uint8_t> pixels(length);
      // A bad image costs what it costs; the whole meets it too.
      while (const auto i = next()) (void)preprocessor.Run(bytes_[*i], pixels);
      return {};
    });
  }

  Result<double> Infer() {
    return RatePerThread([&](auto next) -> Result<void> {
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
    return static_cast<double>(record->images) / (record->timing.embed + record->timing.reduce);
  }

 private:
  template <typename Body>
  Result<double> Rate(const Body& body) const {
    const Stopwatch watch;
    Result<void> done = ParallelFor(threads_, static_cast<std::int64_t>(files_.size()),
                                    [&](std::int64_t i) { return body(static_cast<std::size_t>(i)); });
    if (!done) return done.error();
    return static_cast<double>(files_.size()) / watch.Seconds();
  }

  // `body(next)` runs once on each thread; next() gives the index of the next image, or nothing.
  template <typename Body>
  Result<double> RatePerThread(const Body& body) const {
    std::atomic<std::size_t> counter = 0;
    auto next = [&]() -> std::optional<std::size_t> {
      const std::size_t i = counter++;
      return i < files_.size() ? std::optional(i) : std::nullopt;
    };
    const Stopwatch watch;
    Result<void> done = ParallelFor(threads_, threads_, [&](std::int64_t) { return body(next); });
    if (!done) return done.error();
    return static_cast<double>(files_.size()) / watch.Seconds();
  }

  const BenchOptions& options_;
  const Engine& engine_;
  std::vector<ImageFile> files_;
  int threads_;
  std::vector<Bytes> bytes_;
};

Result<std::vector<ImageFile>> ListFiles(const BenchOptions& options) {
  const std::vector<std::string>& globs = options.embed.globs.empty() ? DefaultGlobs() : options.embed.globs;
  Result<Listing> listing = Listing::Open(options.embed.inputs, globs);
  if (!listing) return listing.error();
  std::vector<ImageFile> files;
  while (options.images == 0 || std::cmp_less(files.size(), options.images)) {
    std::optional<ImageFile> file = listing->Next();
    if (!file) break;
    files.push_back(*std::move(file));
  }
  if (files.empty()) return Error{ErrorCode::kNotFound, "no images found to measure with"};
  return files;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

Result<std::vector<StageRate>> Bench(const BenchOptions& options, Progress* progress, std::stop_token stop) {
  if (options.rounds < 1 || options.images < 0) {
    return Error{ErrorCode::kInvalidArgument, "rounds must be at least 1 and images at least 0"};
  }
  Result<int> threads = ResolveThreads(options.embed.threads);
  if (!threads) return threads.error();
  Result<std::vector<ImageFile>> files = ListFiles(options);
  if (!files) return files.error();
  Result<Model> model = OpenModel(options.embed.model);
  if (!model) return model.error();
  Result<Engine> engine = Engine::Load(*model, {.threads = *threads,
                                                .layer = options.embed.layer,
                                                .precision = options.embed.precision,
                                                .cache_folder = DefaultCacheFolder()});
  if (!engine) return engine.error();
  const TemporaryFolder folder;
  if (folder.path().empty()) return SystemError("cannot make a temporary folder");

  if (progress != nullptr) progress->phase = Phase::kEmbedding;
  StageBench bench(options, *engine, *std::move(files), *threads);
  const std::pair<const char*, std::function<Result<double>()>> stages[] = {
      {"read", [&] { return bench.Read(); }},
      {"decode + resize", [&] { return bench.Preprocess(); }},
      {"engine alone", [&] { return bench.Infer(); }},
      {"whole (images to Parquet, PCA included)", [&] { return bench.Whole(folder.path(), stop); }},
  };
  std::vector<std::vector<double>> rates(std::size(stages));
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t i = 0; i < std::size(stages); ++i) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
      Result<double> rate = stages[i].second();
      if (!rate) return rate.error();
      rates[i].push_back(*rate);
    }
  }
  std::vector<StageRate> result;
  result.reserve(std::size(stages));
  for (std::size_t i = 0; i < std::size(stages); ++i) {
    result.push_back({stages[i].first, Median(rates[i]), *threads});
  }
  return result;
}

}  // namespace coulis
