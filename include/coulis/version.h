#pragma once

#include <string_view>

#include "coulis/export.h"

namespace coulis {

/// The version of this library, "MAJOR.MINOR.PATCH"; recorded in run.json.
[[nodiscard]] COULIS_EXPORT std::string_view Version();

}  // namespace coulis
