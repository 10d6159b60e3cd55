// `coulis models show`
#pragma once

#include <CLI/CLI.hpp>

namespace coulis::cli {

void AddShowModel(CLI::App& models, int& exit_code);

}  // namespace coulis::cli
