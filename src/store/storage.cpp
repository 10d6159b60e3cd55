#include "store/storage.h"

#include <algorithm>
#include <utility>

#include "base/path_text.h"
#include "store/bucket.h"
#include "store/bucket_region.h"
#include "store/regions.h"

namespace coulis {
namespace {

constexpr const char* kScheme = "s3://";
constexpr std::size_t kSchemeLength = 5;
constexpr int kMaxThreads = 1024;

Error Wrong(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

// "https" of "https://…"; empty for a path. A path may hold "://" too, but not after letters only.
std::string SchemeOf(const std::string& text) {
  const std::size_t end = text.find("://");
  if (end == std::string::npos || end == 0) return "";
  const bool is_scheme =
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '-';
      });
  return is_scheme ? text.substr(0, end) : "";
}

// Bucket names hold lower-case letters, digits, dots and dashes; old ones also capitals and underscores.
bool IsBucketName(const std::string& name) {
  return name.size() >= 3 && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '-' || c == '_';
         });
}

bool HoldsKeys(const std::string& text) {
  const auto signs = {"X-Amz-", "AWSAccessKeyId=", "access_key=", "secret_key=", "session_token="};
  return std::any_of(signs.begin(), signs.end(),
                     [&](const char* sign) { return text.find(sign) != std::string::npos; });
}

constexpr const char* kNoKeys =
    "give no keys in a URI, which ends up in logs and in the shell's history: set AWS_PROFILE, or "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role, and write s3://BUCKET/PREFIX";

Result<void> Check(const StorageOptions& options) {
  if (options.io_threads < 0 || options.io_threads > kMaxThreads) {
    return Wrong("--io-threads takes 0 (chosen by where the input lies) to " + std::to_string(kMaxThreads));
  }
  if (!(options.connect_timeout > 0) || !(options.silence_timeout >= 1) || options.retries < 0) {
    return Wrong("timeouts must be positive (without bytes: at least 1 s), and retries not negative");
  }
  return {};
}

StorageOptions Resolved(StorageOptions options) {
  if (options.io_threads == 0) options.io_threads = kBucketReaders;
  return options;
}

}  // namespace

bool IsS3Text(const std::string& text) {
  return text.starts_with(kScheme);
}

Result<S3Name> ParseS3(const std::string& text) {
  const std::string rest = text.substr(kSchemeLength);
  const std::size_t slash = rest.find('/');
  S3Name name{rest.substr(0, slash), slash == std::string::npos ? "" : rest.substr(slash + 1)};
  if (name.bucket.find_first_of("@:") != std::string::npos || HoldsKeys(text)) return Wrong(kNoKeys);
  if (!IsBucketName(name.bucket)) {
    return Wrong("\"" + PathText(name.bucket) + "\" is no name of a bucket: write s3://BUCKET/PREFIX");
  }
  while (name.key.ends_with('/')) name.key.pop_back();
  if (name.key.starts_with('/') || name.key.find("//") != std::string::npos) {
    return Wrong("s3://" + name.bucket + "/" + PathText(name.key) + " has empty parts: write single slashes");
  }
  return name;
}

Storage::Storage(StorageOptions options, Progress* progress)
    : options_(std::move(options)), retries_(std::make_shared<RetryPolicy>(options_.retries, progress)) {}

Result<Location> Storage::Open(const std::string& text) const {
  const std::string scheme = SchemeOf(text);
  if (scheme.empty()) return Location(std::filesystem::path(text));
  if (scheme != "s3") {
    if (HoldsKeys(text) || text.find('@') != std::string::npos) return Wrong(kNoKeys);
    return Wrong(scheme + ":// is not supported: give a path of this machine, or s3://BUCKET/PREFIX");
  }
  Result<S3Name> name = ParseS3(text);
  if (!name) return name.error();
  Result<std::shared_ptr<const Bucket>> bucket = OpenBucket(name->bucket);
  if (!bucket) return bucket.error();
  return Location(*std::move(bucket), std::move(name->key));
}

Result<std::shared_ptr<const Bucket>> Storage::OpenBucket(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  if (const auto known = buckets_.find(name); known != buckets_.end()) return known->second;
  if (Result<void> checked = Check(options_); !checked) return checked.error();
  StorageOptions options = Resolved(options_);
  Result<std::string> endpoint = EndpointOf(options);
  if (!endpoint) return endpoint.error();
  options.endpoint = *std::move(endpoint);
  Result<std::shared_ptr<const Bucket>> opened = Bucket::Open(name, options, retries_);
  if (opened) buckets_[name] = *opened;
  return opened;
}

std::optional<StorageRecord> Storage::Record() const {
  const std::scoped_lock lock(mutex_);
  if (buckets_.empty()) return std::nullopt;
  StorageRecord record;
  for (const auto& [name, bucket] : buckets_) record.regions[name] = bucket->region();
  record.allowed_regions = AllowedRegions(options_.allow_regions);
  record.counts = retries_->counters().Take();
  return record;
}

}  // namespace coulis
