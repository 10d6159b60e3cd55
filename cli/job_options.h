// The flags that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "coulis/pack.h"
#include "coulis/pipeline.h"
#include "progress_display.h"

namespace coulis::cli {

/// --progress, --quiet
struct DisplayOptions {
  ProgressStyle style = ProgressStyle::kAuto;
  bool quiet = false;
};

/// What `run` and `embed` are given.
struct EmbedFlags {
  EmbedOptions options;
  bool resume = false;
  bool overwrite = false;
  double max_bad = 0.05;
};

/// What `pack` is given.
struct PackFlags {
  PackOptions options;
  DisplayOptions display;
  bool resume = false;
  bool overwrite = false;
  double max_bad = 0.05;
};

/// What `run` and `reduce` are given. `components` as typed: "0.95", "100" or "none".
struct ReduceFlags {
  ReduceOptions options;
  std::string components = "0.95";
  bool refit = false;
};

void AddDisplayFlags(CLI::App& command, DisplayOptions& display);
CLI::Option* AddPrecisionFlag(CLI::App& command, Precision& precision);
void AddImageFlags(CLI::App& command, EmbedOptions& options);
void AddEmbedFlags(CLI::App& command, EmbedFlags& flags);
void AddPackFlags(CLI::App& command, PackFlags& flags);
/// Of all commands that may work on buckets.
void AddStorageFlags(CLI::App& command, StorageOptions& storage);
void AddLockFlag(CLI::App& command, bool& steal_lock);
void AddReduceFlags(CLI::App& command, ReduceFlags& flags, bool allow_none);

/// What --resume and --overwrite, of which one at most is given, ask for.
[[nodiscard]] ExistingResults ExistingOf(bool resume, bool overwrite);

/// Errors: kInvalidArgument when `text` is neither a share in (0, 1) written with a point, nor a whole number
/// ≥ 1.
[[nodiscard]] Result<ComponentChoice> ParseComponents(const std::string& text);

/// Runs `job` with a stop signal and a progress display; `job` returns what the command exits with.
[[nodiscard]] int RunJob(const DisplayOptions& display,
                         const std::function<Result<int>(Progress& progress, std::stop_token stop)>& job);

}  // namespace coulis::cli
