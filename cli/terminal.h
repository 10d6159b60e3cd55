// What the commands print: one place for colour, numbers and tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coulis/pipeline.h"

namespace coulis::cli {

/// True when `fd` (1 or 2) is a terminal.
[[nodiscard]] bool IsTerminal(int fd);

/// Width of the terminal `fd`, at least 2; 80 when it does not say.
[[nodiscard]] std::size_t TerminalColumns(int fd);

/// 7709 → "7,709"
[[nodiscard]] std::string Grouped(std::int64_t number);

/// Seconds as "0.8 s", "12 s", "3:07" or "2:05:09".
[[nodiscard]] std::string Duration(double seconds);

/// Control characters become escapes, so that a file name cannot break a line.
[[nodiscard]] std::string OneLine(const std::string& text);

/// "coulis: error: …" on standard error.
void PrintError(const std::string& message);

/// "coulis: warning: …" on standard error.
void PrintWarning(const std::string& message);

/// A line about what is being done, on standard error.
void PrintStep(const std::string& line);

/// Columns padded to their widest cell, two spaces between them, on standard output.
void PrintTable(const std::vector<std::vector<std::string>>& rows);

/// The checks of `validate` and `doctor` as a table, or as JSON. True when all are ok.
bool PrintChecks(const std::vector<Check>& checks, bool json);

}  // namespace coulis::cli
