// What a results folder says of itself: run.json (docs/formats.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coulis/export.h"
#include "coulis/result.h"
#include "coulis/storage.h"

namespace coulis {

/// What to do when RESULTS is not empty.
enum class ExistingResults {
  kRefuse,     ///< An error that names both ways out.
  kResume,     ///< Keep the parts that an unfinished run left and embed the rest.
  kOverwrite,  ///< Replace, but only once the new result is complete.
};

/// Counts of one Parquet part.
struct PartRecord {
  std::string file;       ///< Relative to the results folder, e.g. "features/part-00000.parquet".
  std::int64_t rows = 0;  ///< All rows, bad ones too.
  std::int64_t bad = 0;   ///< Rows with an error.
};

/// An image that could not be used.
struct BadImage {
  std::string path;
  std::string error;
};

/// The "pca" section of run.json: present once `reduce` has run.
struct PcaRecord {
  int k = 0;
  double explained_variance_ratio = 0;  ///< Share of the variance that the k components keep.
  std::string fitted_on;                ///< "this run", or the folder given as --pca-from.
  std::int64_t fitted_rows = 0;         ///< Vectors that the model was fitted on.
  std::string components;               ///< The choice, as on the command line: "0.95" or "100".
  /// Of the vectors that it was fitted on, those that `coulis forget` has removed since, as far as is known:
  /// with
  /// --pca-from what the other results said when it was taken; rows that a resumed run added to a kept PCA
  /// count too.
  std::int64_t forgotten = 0;
  std::vector<PartRecord> parts;
};

/// Seconds that the phases took; a resumed run counts its last session only.
struct TimingRecord {
  double embed = 0;              ///< First image listed to last part written.
  double reduce = 0;             ///< Fit, project, write.
  double images_per_second = 0;  ///< Of this session's embedding.
};

/// The "storage" section of run.json: buckets that this session read from or wrote to.
struct StorageRecord {
  std::map<std::string, std::string> regions;  ///< Bucket → region.
  std::string allowed_regions;                 ///< As --allow-region or the environment says; empty: any.
  StorageCounts counts;
};

/// run.json. Its presence in a results folder means that everything it lists is there and whole.
struct RunRecord {
  static constexpr int kFormatVersion = 1;
  static constexpr std::size_t kBadExamples = 10;

  std::string coulis_version;
  std::string created;  ///< UTC, "2026-01-31T12:00:00Z".
  std::vector<std::string> inputs;
  std::string manifest;      ///< Empty: none.
  std::string image_column;  ///< As given; empty: chosen in each file.
  std::string label;         ///< "parent" or "none".
  std::vector<std::string> globs;
  bool exif_rotate = false;
  std::int64_t max_pixels = 0;
  std::int64_t max_bytes = 0;
  int threads = 0;

  std::string model_name;
  std::string model_sha256;
  std::string preprocessing;  ///< PreprocessingText; empty in results that do not say it.
  std::string layer;          ///< Empty: the model's own output.
  std::string precision;      ///< "f32", "bf16" or "int8".
  std::string decode;         ///< "exact" or "fast"; results that do not say it are exact.
  int feature_length = 0;

  std::int64_t images = 0;     ///< Rows in features.
  std::int64_t bad = 0;        ///< Rows with an error.
  std::int64_t ignored = 0;    ///< Files whose names do not match the globs, and hidden ones: no rows.
  std::int64_t forgotten = 0;  ///< Rows that `coulis forget` has removed.

  /// Up to kBadExamples bad images that this session met; all of them are rows of features/.
  std::vector<BadImage> bad_examples;

  std::vector<PartRecord> features;
  std::optional<PcaRecord> pca;
  TimingRecord timing;
  std::optional<StorageRecord> storage;  ///< Nothing when all was on this machine.
};

/// Reads RESULTS/run.json; `results` is a folder of this machine or s3://BUCKET/PREFIX. Errors: kNotFound (no
/// such folder, or an unfinished run: the message says how to go on), kBadResults, kIo, kInvalidArgument.
[[nodiscard]] COULIS_EXPORT Result<RunRecord> ReadRunRecord(const std::string& results,
                                                            const StorageOptions& storage = {});

}  // namespace coulis
