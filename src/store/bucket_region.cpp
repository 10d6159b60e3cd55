#include "store/bucket_region.h"

#include <pugixml.hpp>

#include "base/environment.h"
#include "base/path_text.h"
#include "store/s3_errors.h"

namespace coulis {
namespace {

constexpr const char* kRegionHeader = "x-amz-bucket-region";
constexpr const char* kFirstRegion = "us-east-1";

std::string AssumedRegion(const StorageOptions& options) {
  for (const std::string& region :
       {options.region, EnvironmentVariable("AWS_REGION"), EnvironmentVariable("AWS_DEFAULT_REGION")}) {
    if (!region.empty()) return region;
  }
  return kFirstRegion;
}

// The answer to GetBucketLocation; empty when there is none. Its oldest names mean other regions.
std::string LocationConstraint(const S3Answer& answer) {
  pugi::xml_document document;
  if (!answer.ok() || !document.load_buffer(answer.body.data(), answer.body.size())) return "";
  const pugi::xml_node root = document.child("LocationConstraint");
  if (!root) return "";
  const std::string region = root.child_value();
  if (region.empty()) return kFirstRegion;
  return region == "EU" ? "eu-west-1" : region;
}

}  // namespace

Result<std::string> EndpointOf(const StorageOptions& options) {
  std::string endpoint = options.endpoint;
  if (endpoint.empty()) endpoint = EnvironmentVariable("AWS_ENDPOINT_URL_S3");
  if (endpoint.empty()) endpoint = EnvironmentVariable("AWS_ENDPOINT_URL");
  if (endpoint.empty()) return endpoint;
  if (endpoint.find("://") == std::string::npos) endpoint.insert(0, "https://");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string host = endpoint.substr(endpoint.find("://") + 3);
  const bool has_scheme = endpoint.starts_with("http://") || endpoint.starts_with("https://");
  if (!has_scheme || host.empty() || host.find_first_of("/@?#") != std::string::npos) {
    return Error{ErrorCode::kInvalidArgument,
                 "the S3 endpoint should be http(s)://HOST[:PORT], without keys or a path"};
  }
  return endpoint;
}

std::string BucketUrl(const std::string& endpoint, const std::string& bucket, const std::string& region) {
  if (!endpoint.empty()) return endpoint + "/" + bucket;
  const std::string host =
      "s3." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
  if (bucket.find('.') != std::string::npos) return "https://" + host + "/" + bucket;
  return "https://" + bucket + "." + host;
}

Result<std::string> FindRegion(const std::string& bucket, const StorageOptions& options,
                               const std::function<S3Credentials()>& credentials,
                               const std::shared_ptr<RetryPolicy>& retries) {
  const std::string assumed = AssumedRegion(options);
  const S3Address address{
      BucketUrl(options.endpoint, bucket, options.endpoint.empty() ? kFirstRegion : assumed), assumed,
      options.connect_timeout, options.silence_timeout};
  const std::string where = "s3://" + PathText(bucket);
  const S3Requests unsigned_requests(address, [] { return S3Credentials(); }, retries);
  Result<S3Answer> answer =
      unsigned_requests.Send({.method = "HEAD", .key = "", .query = {}, .headers = {}, .body = ""});
  if (!answer) {
    return Error{ErrorCode::kIo, "cannot reach " + where + ": " + Scrubbed(answer.error().message) +
                                     ": check the network, and --s3-endpoint"};
  }
  if (std::string region = answer->Header(kRegionHeader); !region.empty()) return region;
  if (answer->status == 404) return S3Error("cannot use", where, "NoSuchBucket", "");
  if (options.endpoint.empty()) return assumed;
  const S3Requests requests(address, credentials, retries);
  answer =
      requests.Send({.method = "GET", .key = "", .query = {{"location", ""}}, .headers = {}, .body = ""});
  if (answer && answer->ErrorCode() == "NoSuchBucket")
    return S3Error("cannot use", where, "NoSuchBucket", "");
  std::string region = answer ? LocationConstraint(*answer) : "";
  return region.empty() ? assumed : region;
}

}  // namespace coulis
