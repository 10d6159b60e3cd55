// One function per command: each adds its flags to the app and sets `exit_code` when it has run.
#pragma once

#include <CLI/CLI.hpp>

namespace coulis::cli {

void AddRunCommands(CLI::App& app, int& exit_code);     ///< run, embed
void AddResultCommands(CLI::App& app, int& exit_code);  ///< reduce, validate
void AddModelsCommand(CLI::App& app, int& exit_code);   ///< models list, models pull
void AddSynthCommand(CLI::App& app, int& exit_code);    ///< synth
void AddBenchCommand(CLI::App& app, int& exit_code);    ///< bench
void AddPackCommand(CLI::App& app, int& exit_code);     ///< pack
void AddDoctorCommand(CLI::App& app, int& exit_code);   ///< doctor
void AddForgetCommand(CLI::App& app, int& exit_code);   ///< forget
void AddStripCommand(CLI::App& app, int& exit_code);    ///< strip
void AddCloudCommand(
    CLI::App& app,
    int& exit_code);  ///< cloud cost, prices, run, template, up, submit, status, logs, tunnel, down

}  // namespace coulis::cli
