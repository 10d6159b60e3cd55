#pragma once

#include <string>

namespace coulis {

/// Name and version of the library that reads and writes Parquet, for `coulis doctor`.
[[nodiscard]] std::string StoreVersion();

}  // namespace coulis
