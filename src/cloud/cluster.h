// The cluster of the project, as EMR knows it.
#pragma once

#include <string>

#include "cloud/aws.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// An output of a stack without which a command cannot go on.
struct Needed {
  const char* stack;     ///< "cluster"
  const char* output;    ///< "ClusterId"
  const char* variable;  ///< Of the shell, in a dry run.
  const char* what;      ///< For people.
  const char* made_by;   ///< The command of ours that makes it: "up".
};

/// Errors: kNotFound, with how to make it.
[[nodiscard]] Result<std::string> OutputOf(Aws& aws, const Needed& needed);

/// Steps of the cluster that wait or run, as EMR lists them; null when there are none, and in a dry run.
[[nodiscard]] Result<nlohmann::json> StepsUnderWay(Aws& aws, const std::string& cluster);

/// Its id (or the shell's variable for it). Errors: kNotFound, with how to make one.
[[nodiscard]] Result<std::string> ClusterId(Aws& aws);

/// Whether EMR has ended it or is about to, as it does after an hour without use. False in a dry run.
[[nodiscard]] Result<bool> ClusterHasEnded(Aws& aws, const std::string& id);

/// The bucket of the project. Errors: kNotFound.
[[nodiscard]] Result<std::string> BucketOf(Aws& aws);

/// Errors: kInvalidArgument: a region or project that the stacks refuse.
[[nodiscard]] Result<void> CheckCloudOptions(const CloudOptions& options);

}  // namespace coulis::cloud
