// Moments of features that lie in parts on disk.
#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "coulis/moments.h"
#include "coulis/result.h"

namespace coulis {

/// Moments of all good rows of `parts`, read a row group at a time on `threads` threads. The same parts give
/// the same bits whatever the number of threads. Errors: kIo, kBadResults, kCancelled.
[[nodiscard]] Result<Moments> ReadMoments(const std::vector<std::filesystem::path>& parts, int feature_length,
                                          int threads, const std::stop_token& stop);

}  // namespace coulis
