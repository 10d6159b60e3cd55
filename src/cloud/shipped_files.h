// The files of deploy/aws, as the program carries them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::cloud {

/// The stacks in the order in which they are made.
[[nodiscard]] const std::vector<std::string>& StackOrder();

/// Writes them all; scripts may be run. Errors: kIo.
[[nodiscard]] Result<void> WriteShippedFiles(const std::filesystem::path& folder);

}  // namespace coulis::cloud
