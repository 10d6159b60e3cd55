#include "cloud/cluster.h"

#include <algorithm>

#include "base/path_text.h"
#include "cloud/next_step.h"
#include "cloud/region_rule.h"
#include "cloud/stacks.h"

namespace coulis::cloud {
namespace {

Error Nothing(const Aws& aws, const std::string& what) {
  const CloudOptions& options = aws.options();
  return {ErrorCode::kNotFound, "there is no " + what + " of project " + PathText(options.project) + " in " +
                                    options.region + ": make one with " + NextStep(options, "up")};
}

Result<std::string> OutputOr(Aws& aws, const char* stack, const char* output, const char* variable,
                             const char* what) {
  Result<std::string> found = StackOutput(aws, stack, output, variable);
  if (!found && found.error().code == ErrorCode::kNotFound && found.error().message.starts_with("AWS")) {
    return Nothing(aws, what);
  }
  if (found && found->empty()) return Nothing(aws, what);
  return found;
}

}  // namespace

Result<std::string> ClusterId(Aws& aws) {
  return OutputOr(aws, "cluster", "ClusterId", "cluster", "cluster");
}

Result<std::string> BucketOf(Aws& aws) {
  return OutputOr(aws, "storage", "Bucket", "bucket", "bucket");
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
