// What `run`, `embed` and `pack` say of images that are no good.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coulis/results.h"

namespace coulis::cli {

/// A line for each of the first few of `examples`, and for more of the `bad` one that says where they are:
/// `rest`.
void PrintBadImages(const std::vector<BadImage>& examples, std::int64_t bad, const std::string& rest);

/// What a finished job exits with: kTooManyBad, and an error, when the share of `bad` among `images` is above
/// `max_bad`. `what`: "used", "read".
[[nodiscard]] int CodeForBad(std::int64_t bad, std::int64_t images, const char* what, double max_bad);

}  // namespace coulis::cli
