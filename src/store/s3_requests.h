// The requests to S3 that Arrow's file system does not make, or not so: listing page by page, conditional
// writing, removal that leaves no marker. By libcurl, signed by it (AWS signature, version 4).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coulis/result.h"
#include "store/retry_policy.h"

namespace coulis {

/// What signs a request. Empty key: it is not signed.
struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;
};

/// One request to a bucket.
struct S3Request {
  std::string method = "GET";
  std::string key;  ///< Empty: the bucket itself.
  /// Sorted by name; values as they are.
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;                  ///< Sent with PUT and POST.
  /// Bytes of the answer's body that are taken at most: no server fills the memory. More than any page of a
  /// listing has.
  std::int64_t max_body = std::int64_t{64} << 20;
};

/// The answer, whatever its status.
struct S3Answer {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< By name in lower case.
  std::string body;

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  /// Empty when there is no such header.
  [[nodiscard]] std::string Header(const std::string& name) const;
  /// "NoSuchBucket", from the body; empty when it does not say.
  [[nodiscard]] std::string ErrorCode() const;
  /// Seconds since the object was last modified, by the store's own clock; -1: it does not say.
  [[nodiscard]] std::int64_t AgeSeconds() const;
};

/// Where a bucket is, and how patient to be.
struct S3Address {
  std::string url;  ///< Of the bucket, without a slash at its end.
  std::string region;
  double connect_timeout = 5;
  double silence_timeout = 30;
};

/// Thread-safe; each thread that sends at the same time has a connection of its own.
class S3Requests {
 public:
  /// `credentials` is called for each request: they may change in time.
  S3Requests(S3Address address, std::function<S3Credentials()> credentials,
             std::shared_ptr<RetryPolicy> retries);
  ~S3Requests();
  S3Requests(const S3Requests&) = delete;
  S3Requests& operator=(const S3Requests&) = delete;

  /// An Error (kIo) only when there was no answer; what fails in passing is tried again.
  [[nodiscard]] Result<S3Answer> Send(const S3Request& request) const;

  /// Whether requests are signed.
  [[nodiscard]] bool HasCredentials() const { return !credentials_().access_key.empty(); }

 private:
  class Connections;
  S3Address address_;
  std::function<S3Credentials()> credentials_;
  std::shared_ptr<RetryPolicy> retries_;
  std::unique_ptr<Connections> connections_;
};

/// A key or value as part of a URL: what is not unreserved (RFC 3986) becomes %HH; slashes stay if asked.
[[nodiscard]] std::string UrlEncoded(const std::string& text, bool keep_slashes);

/// A key as S3 writes it in a listing (encoding-type=url): "+" is a space.
[[nodiscard]] std::string UrlDecoded(const std::string& text);

}  // namespace coulis
