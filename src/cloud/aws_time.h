// Times as AWS writes them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

namespace coulis::cloud {

/// Seconds since 1970: of "2026-11-23T18:00:00.5+01:00" (or Z), as version 2 of the aws command writes, or of
/// the number that version 1 writes. Nothing of anything else.
[[nodiscard]] std::optional<double> SecondsOf(const nlohmann::json& time);

}  // namespace coulis::cloud
