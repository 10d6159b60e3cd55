// `coulis forget`: the parts anew, without some rows.
#include "coulis/forget.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/path_text.h"
#include "base/utc_now.h"
#include "pipeline/jobs.h"
#include "store/forget_rows.h"
#include "store/results_folder.h"
#include "store/storage.h"

namespace coulis {
namespace {

struct Rewritten {
  std::vector<PartRecord> parts;
  std::int64_t removed = 0;
};

Result<Rewritten> Rewrite(const std::vector<PartRecord>& parts, const char* section, const Staging& staging,
                          const std::unordered_set<std::string>& paths, std::unordered_set<std::string>& met,
                          const std::stop_token& stop) {
  Result<Location> folder = staging.NewSection(section);
  if (!folder) return folder.error();
  Rewritten rewritten;
  for (const PartRecord& part : parts) {
    if (stop.stop_requested()) {
      return Error{ErrorCode::kCancelled,
                   "stopped; the results are as they were: the same command begins anew"};
    }
    const std::string name = part.file.substr(part.file.find('/') + 1);
    Result<CopiedPart> copied = CopyWithout(staging.results() / section / name, *folder / name, paths, met);
    if (!copied) return copied.error();
    rewritten.removed += copied->removed;
    if (copied->left.rows == 0) continue;
    rewritten.parts.push_back({part.file, copied->left.rows, copied->left.bad});
  }
  return rewritten;
}

// The first path without a row.
Result<void> CheckMet(const ForgetOptions& options, const std::unordered_set<std::string>& met) {
  const auto missing = std::find_if(options.paths.begin(), options.paths.end(),
                                    [&](const std::string& path) { return !met.contains(path); });
  if (missing == options.paths.end()) return {};
  return Error{ErrorCode::kNotFound,
               "no row has the path " + PathText(*missing) + " in " + PathText(options.results) +
                   ": nothing was changed; paths are as in the column path of features/"};
}

void Correct(RunRecord& record, const Rewritten& features, const std::unordered_set<std::string>& paths) {
  record.features = features.parts;
  record.images = 0;
  record.bad = 0;
  for (const PartRecord& part : features.parts) {
    record.images += part.rows;
    record.bad += part.bad;
  }
  std::erase_if(record.bad_examples, [&](const BadImage& bad) { return paths.contains(bad.path); });
  record.forgotten += features.removed;
}

// Parts that are staged, and what run.json will say of them.
struct Staged {
  RunRecord record;
  ForgetReport report;
};

Result<Staged> Stage(const ForgetOptions& options, const Staging& staging, const std::stop_token& stop) {
  Result<RunRecord> record = ReadRecordOf(staging.results());
  if (!record) return record.error();
  const std::unordered_set<std::string> paths(options.paths.begin(), options.paths.end());
  std::unordered_set<std::string> met;
  Result<Rewritten> features = Rewrite(record->features, kFeatures, staging, paths, met, stop);
  if (!features) return features.error();
  if (Result<void> found = CheckMet(options, met); !found) return found.error();
  Correct(*record, *features, paths);
  if (record->images == 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "these are all images of " + PathText(options.results) + ": delete the folder instead"};
  }
  ForgetReport report{features->removed, record->images, false};
  if (record->pca) {
    Result<Rewritten> pca = Rewrite(record->pca->parts, kPca, staging, paths, met, stop);
    if (!pca) return pca.error();
    record->pca->parts = pca->parts;
    // A PCA of other results was fitted on rows of theirs.
    if (record->pca->fitted_on == kFittedHere) {
      record->pca->forgotten = std::min(record->pca->forgotten + pca->removed, record->pca->fitted_rows);
      report.pca_fitted_with_them = pca->removed > 0;
    }
  }
  record->created = UtcNow();
  return Staged{*std::move(record), report};
}

}  // namespace

Result<ForgetReport> Forget(const ForgetOptions& options, Progress* progress, std::stop_token stop) {
  if (options.paths.empty())
    return Error{ErrorCode::kInvalidArgument, "no path was given: name the rows to forget"};
  if (progress != nullptr) progress->phase = Phase::kStarting;
  const Storage storage(options.storage, progress);
  Result<Location> results = storage.Open(options.results);
  if (!results) return results.error();
  Result<Staging> staging = Staging::ForRewrite(*results, options.steal_lock);
  if (!staging) return staging.error();
  Result<Staged> staged = Stage(options, *staging, stop);
  if (!staged) {
    staging->Drop();
    return staged.error();
  }
  // What fails from here on is completed by the next command: nothing may be dropped any more.
  if (Result<void> published = staging->Publish(staged->record); !published) return published.error();
  if (progress != nullptr) progress->phase = Phase::kDone;
  return staged->report;
}

}  // namespace coulis
