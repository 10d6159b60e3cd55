// The cluster of `up`, with the stacks that only a cluster needs.
#pragma once

#include <filesystem>
#include <string>

#include "cloud/aws.h"
#include "coulis/cloud.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// Makes a cluster with network and encryption where there is none, or where EMR has ended it, as it was;
/// changes one that runs only where `up` asks for it, and not while a step is under way. `folder`: of the
/// shipped files. Errors: as CloudUp.
[[nodiscard]] Result<void> MakeCluster(Aws& aws, const CloudUpOptions& up,
                                       const std::filesystem::path& folder, const std::string& bucket);

}  // namespace coulis::cloud
