// The exit codes of the command line (docs: README, `coulis --help`).
#pragma once

#include "coulis/result.h"

namespace coulis::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadUsage = 2;
inline constexpr int kTooManyBad = 3;
inline constexpr int kSignalBase = 128;  ///< Stopped by signal n: 128 + n, so Ctrl-C gives 130.

[[nodiscard]] inline int ExitCode(const Error& error) {
  const bool usage = error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kAlreadyExists;
  return usage ? kBadUsage : kFailed;
}

}  // namespace coulis::cli
