// What earlier sessions of a run have finished.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "coulis/result.h"
#include "coulis/results.h"
#include "store/location.h"

namespace coulis {

/// The rows in finished parts: their paths, and the counts of each part.
struct FinishedRows {
  std::unordered_set<std::string> paths;
  std::vector<PartRecord> parts;  ///< `file` relative to the results folder.
  int next_part = 0;              ///< The number after the highest one in use.
};

/// Reads the paths and errors of `parts`. Errors: kIo, kBadResults.
[[nodiscard]] Result<FinishedRows> ReadFinishedRows(const std::vector<Location>& parts);

}  // namespace coulis
