#include "cloud/cluster.h"

#include <algorithm>

#include "base/path_text.h"
#include "cloud/aws_json.h"
#include "cloud/next_step.h"
#include "cloud/region_rule.h"
#include "cloud/stacks.h"

namespace coulis::cloud {
Result<std::string> OutputOf(Aws& aws, const Needed& needed) {
  Result<std::string> found = StackOutput(aws, needed.stack, needed.output, needed.variable);
  const bool none =
      !found && found.error().code == ErrorCode::kNotFound && found.error().message.starts_with("AWS");
  if (!none && !(found && found->empty())) return found;
  const CloudOptions& options = aws.options();
  return Error{ErrorCode::kNotFound, std::string("there is no ") + needed.what + " of project " +
                                         PathText(options.project) + " in " + options.region +
                                         ": make one with " + NextStep(options, needed.made_by)};
}

Result<std::string> ClusterId(Aws& aws) {
  return OutputOf(aws, {"cluster", "ClusterId", "cluster", "cluster", "up"});
}

Result<std::string> BucketOf(Aws& aws) {
  return OutputOf(aws, {"storage", "Bucket", "bucket", "bucket", "up"});
}

Result<nlohmann::json> StepsUnderWay(Aws& aws, const std::string& cluster) {
  Result<nlohmann::json> found =
      aws.Describe({"emr", "list-steps", "--cluster-id", cluster, "--step-states", "PENDING", "RUNNING"});
  if (!found) return found;
  return Member(*found, "Steps");
}

Result<bool> ClusterHasEnded(Aws& aws, const std::string& id) {
  if (aws.dry()) return false;
  Result<std::string> state =
      aws.Ask("state", {"emr", "describe-cluster", "--cluster-id", id}, "Cluster.Status.State");
  if (!state) {
    // EMR forgets clusters some weeks after their end.
    if (state.error().message.find("not valid") != std::string::npos) return true;
    return state.error();
  }
  return state->starts_with("TERMINAT");
}

Result<void> CheckCloudOptions(const CloudOptions& options) {
  if (Result<void> allowed = CheckCloudRegion(options.region); !allowed) return allowed;
  const std::string& project = options.project;
  const bool fits = project.size() >= 2 && project.size() <= 21 && project[0] >= 'a' && project[0] <= 'z' &&
                    std::all_of(project.begin(), project.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (fits) return {};
  return Error{ErrorCode::kInvalidArgument,
               "--project takes 2 to 21 small letters, digits and hyphens, a letter first, not \"" +
                   PathText(project) + "\""};
}

}  // namespace coulis::cloud
