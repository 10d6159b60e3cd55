// What the user should run next.
#pragma once

#include <string>

#include "coulis/cloud.h"

namespace coulis::cloud {

/// "`coulis cloud WORDS --project P --region R`": in the place of `options`, as far as that is not the
/// default.
[[nodiscard]] std::string NextStep(const CloudOptions& options, const std::string& words);

}  // namespace coulis::cloud
