// The preprocessing that an imported model gets.
#pragma once

#include "coulis/model.h"
#include "coulis/result.h"

namespace coulis::models {

/// Fills in mean, scale and resize of `description` (whose size and type are known) by `options`.
/// Errors: kInvalidArgument.
[[nodiscard]] Result<void> ChoosePreprocessing(const ImportOptions& options, ModelDescription& description);

}  // namespace coulis::models
