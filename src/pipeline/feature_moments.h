// Moments of the features of a result: taken while embedding, kept on disk, completed by reading.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "coulis/moments.h"
#include "coulis/result.h"
#include "store/moments_file.h"
#include "store/results_folder.h"

namespace coulis {

/// Moments of all good rows of `parts`, read a row group at a time on `threads` threads. The same parts give
/// the same bits whatever the number of threads. Errors: kIo, kBadResults, kCancelled.
[[nodiscard]] Result<Moments> ReadMoments(const std::vector<Location>& parts, int feature_length, int threads,
                                          const std::stop_token& stop);

/// Whether moments weigh little beside the features that they are of. Their file is as large as
/// feature_length + 1 rows of features (docs/decisions/043-moments-beside-the-features.md).
[[nodiscard]] bool WorthStoring(std::int64_t rows, int feature_length);

/// What was stored of the moments of `parts`, which are the staged result's. Moments of no part when there is
/// nothing, when it is damaged, or when it covers a part that is not there any more as it was: the features
/// themselves tell.
[[nodiscard]] PartsMoments StoredMoments(const Staging& staging, const std::vector<Location>& parts,
                                         int feature_length);

/// Adds to `known` the parts of the staged result that it does not cover, by reading them, and stores the sum
/// if that is worth it. Errors: kIo, kBadResults, kCancelled.
[[nodiscard]] Result<Moments> CompleteMoments(const Staging& staging, PartsMoments known, int threads,
                                              const std::stop_token& stop);

/// Takes rows as they are written to parts, and stores the moments now and then. Not thread-safe.
class MomentsTaker {
 public:
  /// `known`: where to go on from. `staging` must outlive this.
  MomentsTaker(const Staging& staging, PartsMoments known);

  /// A good row of the part that is being written.
  void Add(std::span<const float> features);

  /// All rows so far lie in finished parts; `part` is a new one of them. Errors: kIo.
  [[nodiscard]] Result<void> PartFinished(const Location& part);

  /// Stores what has not been stored, if it is worth it. Errors: kIo.
  [[nodiscard]] Result<void> Finish();

  /// Everything so far; to be called last.
  [[nodiscard]] PartsMoments TakeAll() { return std::move(known_); }

 private:
  void AddBlock();
  [[nodiscard]] Result<void> Store();

  const Staging& staging_;
  PartsMoments known_;
  std::vector<float> block_;
  std::int64_t stored_rows_;
};

}  // namespace coulis
