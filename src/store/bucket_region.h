// Where a bucket is: its URL, and its region before anything is read from it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "coulis/result.h"
#include "coulis/storage.h"
#include "store/s3_requests.h"

namespace coulis {

/// `options.endpoint`, else that of the environment; without a slash at its end, with a scheme. Empty: AWS.
/// Errors: kInvalidArgument.
[[nodiscard]] Result<std::string> EndpointOf(const StorageOptions& options);

/// Without a slash at its end. In the path at a custom endpoint, and where the name has a dot, which TLS
/// certificates do not cover; else in the host name.
[[nodiscard]] std::string BucketUrl(const std::string& endpoint, const std::string& bucket,
                                    const std::string& region);

/// Asks for the region by a HEAD of the bucket that is not signed (S3 answers with x-amz-bucket-region also
/// to whom it lets see nothing else); a store that does not say gets GetBucketLocation, then is believed to
/// be where `options.region`, AWS_REGION or AWS_DEFAULT_REGION say, else "us-east-1". Errors: kNotFound (no
/// such bucket), kIo.
[[nodiscard]] Result<std::string> FindRegion(const std::string& bucket, const StorageOptions& options,
                                             const std::function<S3Credentials()>& credentials,
                                             const std::shared_ptr<RetryPolicy>& retries);

}  // namespace coulis
