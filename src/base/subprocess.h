// Runs another program without a shell.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis {

/// Runs `arguments` (the first is looked up on PATH), nothing on its standard input; waits for its end. Its
/// output and errors go to the file `log`, which is replaced; with `on_line`, which is called with each line
/// of output as it comes, only the errors. When `stop` is asked for, the program and what it has started are
/// terminated. Gives its exit status, 128 + signal when it was killed. Errors: kNotFound (no such program),
/// kCancelled, kIo.
[[nodiscard]] Result<int> RunProgram(const std::vector<std::string>& arguments,
                                     const std::filesystem::path& log,
                                     const std::function<void(const std::string&)>& on_line = {},
                                     const std::stop_token& stop = {});

/// What a program that failed said of it: the last line in `log` that begins with ERROR, else the last that
/// says anything; cut to the length of an error message.
[[nodiscard]] std::string LastError(const std::filesystem::path& log);

}  // namespace coulis
