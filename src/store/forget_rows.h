// Parts of a result without some of their rows.
#pragma once

#include <string>
#include <unordered_set>

#include "coulis/result.h"
#include "coulis/results.h"
#include "store/location.h"

namespace coulis {

/// What CopyWithout did with a part.
struct CopiedPart {
  PartRecord left;  ///< `file` is the name alone; without rows there is no file.
  std::int64_t removed = 0;
};

/// Writes `from`, a part of features/ or pca/, to `to`, without the rows of `paths`; all else, to the last
/// bit, as it is. The paths that it met go into `met`. Errors: kIo, kBadResults, kNotFound.
[[nodiscard]] Result<CopiedPart> CopyWithout(const Location& from, const Location& to,
                                             const std::unordered_set<std::string>& paths,
                                             std::unordered_set<std::string>& met);

}  // namespace coulis
