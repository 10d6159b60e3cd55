// report.json (docs/formats.md), written by `ToJson`, read back.
#pragma once

#include <filesystem>
#include <optional>

#include "coulis/quantize.h"

namespace coulis {

/// What the report of an int8 network says of its calibration; nothing when it is missing or damaged.
[[nodiscard]] std::optional<PrecisionReport::Calibration> ReadCalibration(
    const std::filesystem::path& report);

}  // namespace coulis
