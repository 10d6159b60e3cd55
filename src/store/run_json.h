// run.json and back (docs/formats.md, "run.json").
#pragma once

#include <optional>
#include <string>

#include "coulis/results.h"
#include "store/location.h"

namespace coulis {

inline constexpr const char* kRunFile = "run.json";

[[nodiscard]] std::string ToJson(const RunRecord& record);

/// Errors: kBadResults (not JSON, a field missing or of another type, a newer format version).
[[nodiscard]] Result<RunRecord> RunRecordFromJson(const std::string& text);

/// Reads and parses one file. Errors: kNotFound, kIo, kBadResults.
[[nodiscard]] Result<RunRecord> ReadRunFile(const Location& file);

/// Compares what decides about the rows: inputs, model, layer, labels, globs, decoding. Empty when they
/// agree, else e.g. "model is a (1f2e…), was b (77aa…)".
[[nodiscard]] std::optional<std::string> DifferenceInRows(const RunRecord& now, const RunRecord& before);

}  // namespace coulis
