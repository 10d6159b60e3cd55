#pragma once

#include <CLI/CLI.hpp>

namespace coulis::cli {

/// models quantize, models report
void AddQuantizeModel(CLI::App& models, int& exit_code);

}  // namespace coulis::cli
