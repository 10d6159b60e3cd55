// Runs another program without a shell.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::models {

/// How a program runs and what becomes of its output.
struct RunOptions {
  /// File for its output and errors, replaced; lines that `on_line` gets are not in it.
  std::filesystem::path log = {};
  /// Called with each line of its standard output as it comes; empty: output goes to `log`.
  std::function<void(const std::string&)> on_line = {};
  /// When asked to stop, the program and what it has started are terminated.
  std::stop_token stop = {};
};

/// Runs `arguments` (the first is looked up on PATH), nothing on its standard input; waits for its end. Gives
/// its exit status, 128 + signal when it was killed. Errors: kNotFound (no such program), kCancelled, kIo.
[[nodiscard]] Result<int> RunProgram(const std::vector<std::string>& arguments, const RunOptions& options);

/// What a program that failed said of it: the last line in `log` that begins with ERROR, else the last that
/// says anything; cut to the length of an error message.
[[nodiscard]] std::string LastError(const std::filesystem::path& log);

}  // namespace coulis::models
