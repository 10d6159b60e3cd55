// Many small images into few large files, for storage that is slow with small ones.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "coulis/export.h"
#include "coulis/progress.h"
#include "coulis/result.h"
#include "coulis/results.h"
#include "coulis/storage.h"

namespace coulis {

/// What shards are made of.
enum class ShardFormat {
  kTar,  ///< The images by their paths; readable by WebDataset. A label that is no folder's name: PATH.cls.
  kParquet,  ///< Columns path, label, image (binary): what Spark, Ray Data, Daft, DuckDB and pandas read.
};

/// "tar" or "parquet", which is also the extension.
[[nodiscard]] inline std::string_view ToString(ShardFormat format) {
  return format == ShardFormat::kParquet ? "parquet" : "tar";
}

/// Settings of `Pack`. Where to read: as in EmbedOptions.
struct PackOptions {
  std::vector<std::string> inputs;
  std::string manifest;
  std::string image_column;
  std::vector<std::string> globs;
  /// Folder to write, made when missing, or s3://BUCKET/PREFIX. Not inside of an input.
  std::string out;
  ShardFormat format = ShardFormat::kTar;
  /// Bytes of one shard; one that holds a single image may be larger. Default 256 MiB: a second or two of
  /// network, and a few thousand photographs. Range ≥ 1.
  std::int64_t shard_bytes = std::int64_t{256} << 20;
  /// Larger images are not packed. Default 256 MiB.
  std::int64_t max_bytes = std::int64_t{256} << 20;
  /// Pack images without metadata (StripMetadata in coulis/image.h); one that cannot be stripped counts as
  /// unread.
  bool strip_metadata = false;
  /// kOverwrite removes an earlier set before the new one is begun.
  ExistingResults existing = ExistingResults::kRefuse;
  /// See EmbedOptions::steal_lock.
  bool steal_lock = false;
  StorageOptions storage;
};

/// One file of a packed set.
struct ShardRecord {
  std::string file;  ///< Relative to the folder: "shard-00000.tar".
  std::int64_t images = 0;
  std::int64_t bytes = 0;  ///< Of the images.
};

/// pack.json. Its presence means that the set is whole.
struct PackRecord {
  static constexpr int kFormatVersion = 1;
  static constexpr std::size_t kUnreadExamples = 1000;

  std::string coulis_version;
  std::string created;  ///< UTC, "2026-01-31T12:00:00Z".
  std::vector<std::string> inputs;
  std::string manifest;
  std::string image_column;
  std::vector<std::string> globs;
  std::int64_t max_bytes = 0;
  std::string format;  ///< "tar" or "parquet".
  std::int64_t shard_bytes = 0;
  bool strip_metadata = false;

  std::int64_t images = 0;
  std::int64_t bytes = 0;   ///< Of the images.
  std::int64_t unread = 0;  ///< Inputs that could not be read, and so are not in the set.
  std::vector<BadImage> unread_examples;
  std::vector<ShardRecord> shards;
};

/// Writes the bytes of all images that can be read, undecoded and (but for `strip_metadata`) unchanged, to
/// OUT/shard-NNNNN.tar or .parquet, in the order of their names, and pack.json last. The same input gives the
/// same bytes. Reading the folder gives the rows that reading the input gives: the same paths, labels and
/// bytes. On an error or a stop the finished shards stay for kResume, which goes on as if nothing had been;
/// `progress` may be null. Errors: kInvalidArgument, kNotFound (input, no image), kAlreadyExists, kIo,
/// kCancelled.
[[nodiscard]] COULIS_EXPORT Result<PackRecord> Pack(const PackOptions& options, Progress* progress,
                                                    std::stop_token stop);

}  // namespace coulis
