// `coulis cloud logs`: from the bucket to this machine.
#include <filesystem>
#include <system_error>

#include "base/path_text.h"
#include "cloud/cluster.h"
#include "coulis/cloud.h"

namespace coulis {

using cloud::Aws;

Result<void> CloudLogs(const CloudOptions& options, const std::string& step,
                       const std::filesystem::path& folder) {
  if (Result<void> checked = cloud::CheckCloudOptions(options); !checked) return checked;
  Aws aws(options);
  Result<std::string> bucket = cloud::BucketOf(aws);
  if (!bucket) return bucket.error();
  Result<std::string> cluster = cloud::ClusterId(aws);
  if (!cluster) return cluster.error();
  const std::string from = "s3://" + *bucket + "/logs/" + *cluster + (step.empty() ? "" : "/steps/" + step);
  Result<std::string> copied =
      aws.Run({"s3", "cp", "--only-show-errors", "--recursive", from, folder.string()});
  if (!copied) return copied.error();
  if (aws.dry()) return {};
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored) || std::filesystem::is_empty(folder, ignored)) {
    return Error{ErrorCode::kNotFound, "no logs at " + from + " yet: EMR writes them every five minutes"};
  }
  options.print("logs     " + PathText(folder.native()) + " (read them with zless)");
  return {};
}

}  // namespace coulis
