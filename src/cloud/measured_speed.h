// How fast Coulis was measured to be, from the table of bench/compare.
#pragma once

#include <string>

#include "coulis/result.h"

namespace coulis::cloud {

struct MeasuredSpeed {
  double per_core = 0;      ///< Images/s of a core, features and PCA.
  std::string measurement;  ///< What was measured, and where it is written down.
};

/// `table`: bench/results/comparison.csv. `page`: comparison.md beside it, which says of how many images and
/// on which machine. `precision`: "f32", "bf16", "int8". Errors: kInvalidArgument; kInternal (a page of
/// another form).
[[nodiscard]] Result<MeasuredSpeed> SpeedIn(const std::string& table, const std::string& page,
                                            const std::string& precision);

}  // namespace coulis::cloud
