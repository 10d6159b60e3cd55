// The jobs: images → features → PCA → a results folder that was checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/engine.h"
#include "coulis/export.h"
#include "coulis/feature_cosine.h"
#include "coulis/image.h"
#include "coulis/pca.h"
#include "coulis/progress.h"
#include "coulis/result.h"
#include "coulis/results.h"
#include "coulis/storage.h"

namespace coulis {

/// Where a row's label comes from.
enum class LabelSource {
  kParent,  ///< The name of the folder that holds the image.
  kNone,    ///< Labels are null.
};

/// Settings of `Embed`. What affects the rows comes first, what affects only speed last.
struct EmbedOptions {
  /// Folders (searched recursively, symbolic links followed) and single files: images, and containers of
  /// images, whose members are rows (docs/inputs.md); prefixes and objects of buckets (s3://BUCKET/PREFIX).
  /// At least one, unless there is a manifest.
  std::vector<std::string> inputs;
  /// A list of files to read instead (docs/inputs.md); "-": standard input. Empty: none. Then `inputs` may
  /// name one folder, below which its relative paths are.
  std::string manifest;
  /// The column that holds the images in Parquet files; empty: the only one of bytes, or that named "image".
  std::string image_column;
  /// A folder, made when missing, or s3://BUCKET/PREFIX.
  std::string results;
  /// A name in ModelsFolder() or the path of a model's folder.
  std::string model = "mobilenet_v2";
  /// See EngineOptions::layer.
  std::string layer;
  Precision precision = Precision::kF32;
  LabelSource label = LabelSource::kParent;
  /// fnmatch patterns, matched case-insensitively against the file's name, or its path below INPUT when the
  /// pattern has a slash; members of containers by their paths inside. A pattern that ends with the extension
  /// of a container chooses containers. Empty: the known extensions (DefaultGlobs()), and all containers.
  std::vector<std::string> globs;
  DecodeOptions decode;
  ExistingResults existing = ExistingResults::kRefuse;
  /// Stop after this many images; 0: all. Which ones is up to the file system's order.
  std::int64_t limit = 0;

  /// Workers that decode and infer; 0: one per usable core.
  int threads = 0;
  /// Rows of one part. A killed run loses at most the rows of the part it was writing. Default 8,192 (about
  /// 40 MB with 1,280 features). Range ≥ 1.
  std::int64_t rows_per_part = 8192;
  /// A part ends earlier when its rows have so many bytes before compression. Default 256 MiB. Range ≥ 1.
  std::int64_t bytes_per_part = std::int64_t{256} << 20;
  /// See EngineOptions::cache_folder; empty: DefaultCacheFolder().
  std::filesystem::path cache_folder;
  /// How buckets are reached.
  StorageOptions storage;
  /// Take results from another run that is at work in them: it ends and publishes nothing. For one that died
  /// on another machine, or hangs.
  bool steal_lock = false;
};

/// Settings of `Reduce`.
struct ReduceOptions {
  /// A folder, or s3://BUCKET/PREFIX.
  std::string results;
  ComponentChoice components = VarianceShare{0.95};
  /// Use the PCA fitted in these results instead of fitting; empty: fit.
  std::string pca_from;
  /// Where images are added to complete results (kResume): project only the new ones, with the PCA that is
  /// there (true), or fit anew on all and project all (false). Without an earlier PCA one is fitted.
  bool keep_pca = false;
  /// Workers that project; 0: one per usable core.
  int threads = 0;
  /// How buckets are reached.
  StorageOptions storage;
  /// See EmbedOptions::steal_lock.
  bool steal_lock = false;
};

/// One line of `Validate`'s table.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
};

/// Images/s of a stage on `threads` threads, median over the rounds.
struct StageRate {
  std::string stage;
  double images_per_second = 0;
  int threads = 0;
  /// Processor time of the whole process by wall time by `threads`: 1 when all of them were busy throughout.
  /// It may exceed 1, because more threads than the workers read and write. Median over the rounds.
  double utilisation = 0;
};

/// What `Bench` measured.
struct BenchReport {
  std::vector<StageRate> stages;
  /// With DecodeMode::kFast: the features against those of exact decoding.
  std::optional<FeatureCosine> against_exact;
};

/// Settings of `Bench`.
struct BenchOptions {
  EmbedOptions embed;  ///< `results` and `existing` are ignored.
  int rounds = 3;      ///< Each stage is measured this often, the stages in turn. Range ≥ 1.
  /// Images used; 0: all of the input. Default 2,000: about 8 s a round for MobileNetV2 on two cores.
  std::int64_t images = 2000;
};

/// "*.jpg", "*.png" and so on: the names that are taken for images by default.
[[nodiscard]] COULIS_EXPORT const std::vector<std::string>& DefaultGlobs();

/// $XDG_CACHE_HOME/coulis, else ~/.cache/coulis.
[[nodiscard]] COULIS_EXPORT std::filesystem::path DefaultCacheFolder();

/// Lists, reads, decodes, resizes, infers and writes RESULTS/features, then run.json. An image that cannot be
/// used becomes a row with its error. Memory does not grow with the number of images but for the paths that a
/// resumed run has to know. On an error or a stop the finished parts stay for kResume, and an earlier
/// complete result stays as it is. `progress` may be null. Errors: kInvalidArgument, kNotFound (input, model,
/// layer), kAlreadyExists, kIo, kBadModel, kCancelled.
[[nodiscard]] COULIS_EXPORT Result<RunRecord> Embed(const EmbedOptions& options, Progress* progress,
                                                    std::stop_token stop);

/// Fits (or takes) a PCA over RESULTS/features and writes pca/ and pca_model/, replacing earlier ones only
/// once the new ones are complete. Reads the features in blocks: memory does not grow with their number.
[[nodiscard]] COULIS_EXPORT Result<RunRecord> Reduce(const ReduceOptions& options, Progress* progress,
                                                     std::stop_token stop);

/// `Embed`, then `Reduce` with the moments taken while embedding.
[[nodiscard]] COULIS_EXPORT Result<RunRecord> EmbedAndReduce(const EmbedOptions& embed,
                                                             const ReduceOptions& reduce, Progress* progress,
                                                             std::stop_token stop);

/// Reads everything in RESULTS back and checks it. An Error only when there is nothing to check; what is
/// wrong with the results is in the checks.
[[nodiscard]] COULIS_EXPORT Result<std::vector<Check>> Validate(const std::string& results,
                                                                Progress* progress, std::stop_token stop,
                                                                const StorageOptions& storage = {});

/// Measures reading, decoding + resizing, the engine alone and the whole, in turn, on the same images. With
/// DecodeMode::kFast also exact decoding, and what becomes of the features.
[[nodiscard]] COULIS_EXPORT Result<BenchReport> Bench(const BenchOptions& options, Progress* progress,
                                                      std::stop_token stop);

/// What works on this machine and what to do about the rest. `locations`: folders and s3://BUCKET/PREFIX to
/// try.
[[nodiscard]] COULIS_EXPORT std::vector<Check> Doctor(const std::vector<std::string>& locations = {},
                                                      const StorageOptions& storage = {});

}  // namespace coulis
