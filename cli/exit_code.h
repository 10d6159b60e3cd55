// The exit codes of the command line (docs: README, `coulis --help`).
#pragma once

#include "coulis/result.h"
#include "stop_signal.h"

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

/// What a job ends with: its own code, or that of its error, which is printed, or of the signal that stopped
/// it.
[[nodiscard]] int ExitCode(const Result<int>& code, const StopSignal& signal);

}  // namespace coulis::cli
