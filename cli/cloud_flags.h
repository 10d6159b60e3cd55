// What the cloud commands share.
#pragma once

#include <CLI/CLI.hpp>

#include "coulis/cloud.h"

namespace coulis::cli {

/// --region, --project, --profile, --dry-run
void AddCloudFlags(CLI::App& command, CloudOptions& options);

/// Runs `command` with a terminal that shows what it says, and a signal that stops it; gives the exit code.
[[nodiscard]] int RunCloud(CloudOptions& options,
                           const std::function<Result<int>(const CloudOptions&)>& command);

void AddCloudCostCommand(CLI::App& cloud, int& exit_code);    ///< cloud cost
void AddCloudPricesCommand(CLI::App& cloud, int& exit_code);  ///< cloud prices
void AddCloudRunCommand(CLI::App& cloud, int& exit_code);     ///< cloud run

}  // namespace coulis::cli
