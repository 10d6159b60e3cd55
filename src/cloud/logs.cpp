// `coulis cloud logs`: from the bucket to this machine.
#include <filesystem>
#include <system_error>

#include "base/path_text.h"
#include "cloud/cluster.h"
#include "cloud/serverless.h"
#include "cloud/step_log.h"
#include "coulis/cloud.h"

namespace coulis {

using cloud::Aws;

namespace {

// The cluster of a stack that could not be made, which has no outputs: its logs say why.
Result<std::string> ClusterThatFailed(Aws& aws, const Error& otherwise) {
  Result<std::string> id = aws.Ask(
      "cluster", {"cloudformation", "describe-stack-resources", "--stack-name", aws.StackName("cluster")},
      "StackResources[?LogicalResourceId=='Cluster'].PhysicalResourceId | [0]");
  if (!id || id->empty()) return otherwise;
  return id;
}

// Where EMR writes them, below the bucket.
Result<std::string> LogsKey(Aws& aws, const CloudLogsOptions& logs) {
  if (logs.serverless) {
    Result<std::string> application = cloud::ApplicationId(aws);
    if (!application) return application;
    return "serverless/applications/" + *application + (logs.step.empty() ? "" : "/jobs/" + logs.step);
  }
  Result<std::string> cluster = cloud::ClusterId(aws);
  if (!cluster && cluster.error().code == ErrorCode::kNotFound) {
    cluster = ClusterThatFailed(aws, cluster.error());
  }
  if (!cluster) return cluster;
  return *cluster + (logs.step.empty() ? "" : "/steps/" + logs.step);
}

// What driver and executors of a step said: EMR keeps it by YARN's application, which the step's own log
// names.
Result<void> CopyContainers(Aws& aws, const std::string& bucket, const std::string& key,
                            const CloudLogsOptions& logs) {
  if (logs.serverless || logs.step.empty()) return {};
  const std::string application = cloud::ApplicationIn(cloud::Unzipped(aws, logs.folder / "stderr.gz"));
  if (application.empty()) return {};
  const std::string cluster = key.substr(0, key.find('/'));
  Result<std::string> copied = aws.Run({"s3", "cp", "--only-show-errors", "--recursive",
                                        "s3://" + bucket + "/logs/" + cluster + "/containers/" + application,
                                        (logs.folder / "containers").string()});
  return copied ? Result<void>() : copied.error();
}

}  // namespace

Result<void> CloudLogs(const CloudOptions& options, const CloudLogsOptions& logs) {
  const std::filesystem::path& folder = logs.folder;
  if (Result<void> checked = cloud::CheckCloudOptions(options); !checked) return checked;
  Aws aws(options);
  Result<std::string> bucket = cloud::BucketOf(aws);
  if (!bucket) return bucket.error();
  Result<std::string> key = LogsKey(aws, logs);
  if (!key) return key.error();
  const std::string from = "s3://" + *bucket + "/logs/" + *key;
  Result<std::string> copied =
      aws.Run({"s3", "cp", "--only-show-errors", "--recursive", from, folder.string()});
  if (!copied) return copied.error();
  if (aws.dry()) return {};
  if (Result<void> done = CopyContainers(aws, *bucket, *key, logs); !done) return done;
  std::error_code ignored;
  if (!std::filesystem::exists(folder, ignored) || std::filesystem::is_empty(folder, ignored)) {
    return Error{ErrorCode::kNotFound, "no logs at " + from + " yet: EMR writes them some minutes later"};
  }
  options.print("logs     " + PathText(folder.native()) + " (read them with zless)");
  return {};
}

}  // namespace coulis
