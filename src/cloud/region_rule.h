// Where Coulis may be on AWS.
#pragma once

#include <string>

#include "coulis/result.h"

namespace coulis::cloud {

/// Errors: kInvalidArgument for a region outside the EU and EEA (src/store/regions.csv), and for one that the
/// stacks refuse; the message says which are allowed.
[[nodiscard]] Result<void> CheckCloudRegion(const std::string& region);

}  // namespace coulis::cloud
