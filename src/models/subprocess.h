// Runs another program without a shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::models {

/// Runs `arguments` (the first is looked up on PATH), nothing on its standard input, its output and errors in
/// the file `log`; waits for its end. Gives its exit status, 128 + signal when it was killed. Errors:
/// kNotFound (no such program), kIo.
[[nodiscard]] Result<int> RunProgram(const std::vector<std::string>& arguments,
                                     const std::filesystem::path& log);

}  // namespace coulis::models
