#include "cloud/up_cluster.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "cloud/aws_json.h"
#include "cloud/cluster.h"
#include "cloud/next_step.h"
#include "cloud/stacks.h"
#include "cloud/up_files.h"

namespace coulis::cloud {
namespace fs = std::filesystem;
namespace {

using Parameters = std::map<std::string, std::string>;

// What managed scaling may make of a small cluster; the default of MaxNodes.
constexpr int kNodesToScaleTo = 4;

struct FormerCluster {
  bool there = false;     // Its stack, whatever state that is in.
  bool whole = false;     // It was made and runs.
  Parameters parameters;  // None when there was none.
};

// EMR ends an idle cluster, but its stack stays and would be taken for a cluster: it is deleted.
Result<FormerCluster> FindFormerCluster(Aws& aws) {
  FormerCluster former;
  Result<Parameters> states = StackStates(aws);
  if (!states) return states.error();
  const auto found = states->find("cluster");
  if (found == states->end()) return former;
  Result<Parameters> parameters = StackParameters(aws, "cluster");
  if (!parameters) return parameters.error();
  former.parameters = *std::move(parameters);
  former.there = true;
  if (!found->second.ends_with("_COMPLETE") || found->second.starts_with("ROLLBACK")) return former;
  Result<std::string> id = ClusterId(aws);
  if (!id) return id.error();
  Result<bool> ended = ClusterHasEnded(aws, *id);
  if (!ended) return ended.error();
  former.whole = !*ended;
  if (former.whole) return former;
  if (Result<void> deleted = Delete(aws, "cluster"); !deleted) return deleted.error();
  former.there = false;
  return former;
}

bool WithNotebooks(const Parameters& parameters) {
  const auto notebooks = parameters.find("Notebooks");
  return notebooks == parameters.end() || notebooks->second == "true";
}

// What was given, on top of what the cluster was before.
Result<Parameters> ClusterParameters(Aws& aws, const CloudUpOptions& up, const std::string& bucket,
                                     const FormerCluster& former) {
  Parameters wanted = former.parameters;
  wanted["Bucket"] = bucket;
  if (up.instance) wanted["InstanceType"] = *up.instance;
  if (up.nodes) wanted["CoreNodes"] = std::to_string(*up.nodes - 1);
  if (up.spot_nodes) wanted["SpotNodes"] = std::to_string(*up.spot_nodes);
  if (up.notebooks) wanted["Notebooks"] = *up.notebooks ? "true" : "false";
  if (up.nodes || up.spot_nodes) {
    const auto number = [&](const char* name, int otherwise) {
      const auto found = wanted.find(name);
      return found == wanted.end() ? otherwise : std::atoi(found->second.c_str());
    };
    const int most = number("CoreNodes", 2) + number("SpotNodes", 0);
    wanted["MaxNodes"] = std::to_string(std::max(most, kNodesToScaleTo));
  }
  if (up.public_key.empty()) return wanted;
  Result<std::string> key = StackOutput(aws, "access", "KeyName", "key");
  if (!key) return key.error();
  wanted["KeyName"] = *key;
  return wanted;
}

// What a change of the stack would end: EMR replaces a cluster whose settings change.
Result<void> NoStepUnderWay(Aws& aws) {
  Result<std::string> id = ClusterId(aws);
  if (!id) return id.error().code == ErrorCode::kNotFound ? Result<void>() : id.error();
  Result<nlohmann::json> found = StepsUnderWay(aws, *id);
  if (!found) return found.error();
  const nlohmann::json& steps = *found;
  if (!steps.is_array() || steps.empty()) return {};
  return Error{ErrorCode::kIo,
               "step " + Text(steps[0], "Id") + " (" + Text(steps[0], "Name") +
                   ") is under way on the cluster, which a change could replace: wait for its end, "
                   "or delete the cluster with " +
                   NextStep(aws.options(), "down")};
}

bool AsksForChanges(const CloudUpOptions& up) {
  return up.instance || up.nodes || up.spot_nodes || up.notebooks || !up.public_key.empty();
}

Result<void> UploadForNotebooks(Aws& aws, const fs::path& folder, const std::string& bucket) {
  if (Result<void> done = UploadNotebook(aws, folder, bucket); !done) return done;
  return UploadNotebookPython(aws, folder, bucket);
}

// The stack wants two subnets, which may be the same.
Parameters NetworkParameters(const CloudUpOptions& up, const std::string& bucket) {
  Parameters parameters = {
      {"Bucket", bucket}, {"ExistingVpc", up.vpc}, {"ExistingRouteTable", up.route_table}};
  if (!up.subnets.empty()) parameters["ExistingSubnets"] = up.subnets.front() + "," + up.subnets.back();
  return parameters;
}

Result<void> MakeNewCluster(Aws& aws, const CloudUpOptions& up, const fs::path& folder,
                            const std::string& bucket, const FormerCluster& former) {
  if (Result<void> done = Deploy(aws, {"network", folder, NetworkParameters(up, bucket)}); !done) return done;
  if (Result<void> done = Deploy(aws, {"security", folder, {{"Bucket", bucket}}}); !done) return done;
  if (Result<void> done = UploadCertificate(aws, folder, bucket); !done) return done;
  Result<Parameters> parameters = ClusterParameters(aws, up, bucket, former);
  if (!parameters) return parameters.error();
  if (WithNotebooks(*parameters)) {
    if (Result<void> done = UploadForNotebooks(aws, folder, bucket); !done) return done;
  }
  return Deploy(aws, {"cluster", folder, *std::move(parameters)});
}

// What it stands on stays: AWS changes nothing that is in use, and nodes trust the certificate they started
// with.
Result<void> ChangeCluster(Aws& aws, const CloudUpOptions& up, const fs::path& folder,
                           const std::string& bucket, const FormerCluster& former) {
  Result<Parameters> parameters = ClusterParameters(aws, up, bucket, former);
  if (!parameters) return parameters.error();
  if (WithNotebooks(*parameters)) {
    if (Result<void> done = UploadForNotebooks(aws, folder, bucket); !done) return done;
  }
  if (!AsksForChanges(up) && former.whole) {
    aws.options().progress("cluster: runs, and stays as it is", true);
    return {};
  }
  if (Result<void> none = NoStepUnderWay(aws); !none) return none;
  return Deploy(aws, {"cluster", folder, *std::move(parameters)});
}

}  // namespace

Result<void> MakeCluster(Aws& aws, const CloudUpOptions& up, const fs::path& folder,
                         const std::string& bucket) {
  Result<FormerCluster> former = FindFormerCluster(aws);
  if (!former) return former.error();
  return former->there ? ChangeCluster(aws, up, folder, bucket, *former)
                       : MakeNewCluster(aws, up, folder, bucket, *former);
}

}  // namespace coulis::cloud
