// Where inputs and results may lie besides this machine: buckets of S3, or of a store that speaks as it does.
#pragma once

#include <cstdint>
#include <string>

namespace coulis {

/// How s3://BUCKET/KEY is reached; means nothing to paths of this machine. Credentials are no option: they
/// come from where the AWS tools look (environment, profile, web identity, container or instance role).
struct StorageOptions {
  /// "http://127.0.0.1:7070", "https://s3.example.com": a store that is not AWS. Empty: AWS_ENDPOINT_URL_S3,
  /// then AWS_ENDPOINT_URL of the environment, then AWS.
  std::string endpoint;
  /// "eu-west-3". Empty: the bucket is asked; a store that does not say it gets AWS_REGION,
  /// AWS_DEFAULT_REGION, or "us-east-1".
  std::string region;
  /// Without credentials, as public buckets allow.
  bool anonymous = false;
  /// Threads that read inputs, each one object or file at a time. 0: 2 for folders of this machine, 16 when
  /// an input lies in a bucket. Range 0 to 1,024.
  int io_threads = 0;

  /// Seconds to wait for a connection. Range > 0.
  double connect_timeout = 5;
  /// Seconds without a byte after which a request has failed. Range ≥ 1.
  double silence_timeout = 30;
  /// How often a request that failed in passing (connection lost, 5xx, SlowDown, a body that ends too early)
  /// is made again, with growing, random pauses: 8 retries take about half a minute. Range ≥ 0.
  int retries = 8;

  /// Regions in which buckets may lie: "eu", "eu+adequacy", names; separated by commas or "+". Empty:
  /// COULIS_ALLOW_REGIONS of the environment; empty as well: any. See docs/storage.md.
  std::string allow_regions;
};

/// What the requests of a job met.
struct StorageCounts {
  std::int64_t requests = 0;   ///< Made by a job's own client: listing, copying, deleting, small files.
  std::int64_t objects = 0;    ///< Input objects read.
  std::int64_t bytes = 0;      ///< Of these.
  std::int64_t retries = 0;    ///< Requests that were made again.
  std::int64_t throttled = 0;  ///< Of these, because the store asked for it (503 SlowDown, 429).
};

}  // namespace coulis
