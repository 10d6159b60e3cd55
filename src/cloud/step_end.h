// How EMR says what a job ended with.
#pragma once

#include <string>

namespace coulis::cloud {

inline constexpr int kTooManyBad = 3;  ///< As the command line's exit codes.

/// Whether the message says that the job itself chose this exit code.
[[nodiscard]] bool SaysExitCode(const std::string& message, int code);

/// Whether it names any exit code.
[[nodiscard]] bool SaysAnExitCode(const std::string& message);

}  // namespace coulis::cloud
