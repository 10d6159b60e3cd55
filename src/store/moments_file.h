// Moments kept beside the features that they are of, so that nobody has to read those again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coulis/moments.h"
#include "coulis/result.h"
#include "store/location.h"

namespace coulis {

/// A feature part as it is: one that was written anew has another size.
struct PartStamp {
  std::string file;        ///< Name within features/.
  std::int64_t bytes = 0;  ///< Of the file.
  bool operator==(const PartStamp&) const = default;
};

/// The moments of all good rows of some parts.
struct PartsMoments {
  Moments moments;
  std::vector<PartStamp> parts;
};

/// Errors: kIo, kNotFound.
[[nodiscard]] Result<PartStamp> StampOf(const Location& part);

/// Writes moments.parquet (docs/formats.md) into `folder`, whole or not at all.
[[nodiscard]] Result<void> WriteMoments(const PartsMoments& moments, const Location& folder);

/// Reads what WriteMoments wrote. Errors: kNotFound, kBadResults (damaged), kIo.
[[nodiscard]] Result<PartsMoments> ReadMoments(const Location& folder);

}  // namespace coulis
