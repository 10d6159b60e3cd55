// Deletion on request: single images out of results.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/export.h"
#include "coulis/progress.h"
#include "coulis/result.h"
#include "coulis/storage.h"

namespace coulis {

/// Settings of `Forget`.
struct ForgetOptions {
  std::string results;             ///< A folder, or s3://BUCKET/PREFIX.
  std::vector<std::string> paths;  ///< As in the column `path`. At least one; each must be there.
  StorageOptions storage;
  bool steal_lock = false;  ///< See EmbedOptions::steal_lock.
};

/// What `Forget` did.
struct ForgetReport {
  std::int64_t rows = 0;    ///< Rows that are gone from features/.
  std::int64_t images = 0;  ///< Rows that are left.
  bool pca_fitted_with_them =
      false;  ///< The PCA stays as it was fitted: means and directions of all images then.
};

/// Writes features/ and pca/ anew without the rows of these paths, drops the moments (sums over all rows),
/// and corrects the counts and examples in run.json; all at once, as other jobs do. The images themselves it
/// does not touch. Errors: kInvalidArgument, kNotFound (a path without a row: nothing has changed),
/// kBadResults, kIo, kCancelled.
[[nodiscard]] COULIS_EXPORT Result<ForgetReport> Forget(const ForgetOptions& options, Progress* progress,
                                                        std::stop_token stop);

}  // namespace coulis
