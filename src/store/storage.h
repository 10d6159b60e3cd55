// From the texts that a user gives to locations.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "coulis/progress.h"
#include "coulis/result.h"
#include "coulis/results.h"
#include "coulis/storage.h"
#include "store/location.h"
#include "store/retry_policy.h"

namespace coulis {

/// Threads that read inputs when one of them lies in a bucket, which answers after some ten milliseconds,
/// whoever else asks.
inline constexpr int kBucketReaders = 16;

/// Opens locations and owns what reaches buckets, made when the first one is opened: one per job. Locations
/// keep working after it is gone. Thread-safe.
class Storage {
 public:
  /// `progress`: where retries show; may be null, else it must outlive all locations.
  explicit Storage(StorageOptions options = {}, Progress* progress = nullptr);

  /// A path of this machine, or s3://BUCKET[/KEY]. Errors: kInvalidArgument (another scheme, a URI with keys
  /// in it, options that make no sense), kNotFound (no such bucket), kIo.
  [[nodiscard]] Result<Location> Open(const std::string& text) const;

  [[nodiscard]] const StorageOptions& options() const { return options_; }

  /// What run.json says of the buckets that were opened; nothing when there were none.
  [[nodiscard]] std::optional<StorageRecord> Record() const;

 private:
  [[nodiscard]] Result<std::shared_ptr<const Bucket>> OpenBucket(const std::string& name) const;

  const StorageOptions options_;
  const std::shared_ptr<RetryPolicy> retries_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const Bucket>> buckets_;
};

/// Whether the text names something in a bucket.
[[nodiscard]] bool IsS3Text(const std::string& text);

/// BUCKET and KEY of s3://BUCKET[/KEY]; the key without slashes at its ends.
struct S3Name {
  std::string bucket;
  std::string key;
};

/// Errors: kInvalidArgument, whose message does not repeat what may be a secret.
[[nodiscard]] Result<S3Name> ParseS3(const std::string& text);

}  // namespace coulis
