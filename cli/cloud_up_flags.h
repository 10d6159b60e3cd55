// The flags of `cloud up`, which `cloud run` has too.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "coulis/cloud.h"

namespace coulis::cli {

struct CloudUpFlags {
  CloudUpOptions up;
  std::vector<std::string> models;  ///< As typed; none: mobilenet_v2, where it is installed.
  bool notebooks = false;
  bool no_notebooks = false;  ///< Neither: as it is.
};

/// What a job needs: bucket, jar, models, nodes.
void AddCloudJobFlags(CLI::App& command, CloudUpFlags& flags);
/// What people need on top: key, wheel, notebooks.
void AddCloudNotebookFlags(CLI::App& command, CloudUpFlags& flags);

/// The options, with the jar and the models that are on this machine. Errors: those of OpenModel.
[[nodiscard]] Result<CloudUpOptions> UpOptionsOf(const CloudUpFlags& flags);

}  // namespace coulis::cli
