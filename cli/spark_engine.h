// `coulis run --engine spark`: hands the run to Spark, by spark-submit and coulis-spark.jar.
#pragma once

#include <span>

namespace coulis::cli {

/// Whether the arguments of the program are those of a run with --engine spark.
[[nodiscard]] bool WantsSpark(std::span<char* const> arguments);

/// Runs spark-submit to its end: what it prints is seen, signals are given on, and its exit code is returned,
/// which is the job's. What is no option of this engine is for the job, which knows the options of a run.
[[nodiscard]] int RunOnSpark(std::span<char* const> arguments);

}  // namespace coulis::cli
