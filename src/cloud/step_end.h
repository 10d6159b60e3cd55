// How EMR says what a job ended with.
#pragma once

#include <string>

namespace coulis::cloud {

inline constexpr int kTooManyBad = 3;  ///< As the command line's exit codes.

/// Whether the message says that the job itself chose this exit code.
[[nodiscard]] bool SaysExitCode(const std::string& message, int code);

}  // namespace coulis::cloud
