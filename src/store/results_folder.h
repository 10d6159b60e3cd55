// The life of a results folder: a hidden staging folder inside it grows until the result is complete, then
// moves into place. So RESULTS is whole, or has no run.json; an earlier result is replaced only by a whole
// one.
#pragma once

#include <string>
#include <vector>

#include "coulis/result.h"
#include "coulis/results.h"
#include "store/location.h"
#include "store/results_lock.h"

namespace coulis {

/// The folders of a result that hold data.
inline constexpr const char* kFeatures = "features";
inline constexpr const char* kMoments = "moments";
inline constexpr const char* kPca = "pca";
inline constexpr const char* kPcaModel = "pca_model";

/// A result that is being made. While it lives, RESULTS is locked against other runs, of this process too
/// (store/results_lock.h). Not thread-safe.
class Staging {
 public:
  /// For embedding: `plan` says what the rows will be (see DifferenceInRows). With kResume an unfinished run
  /// is taken up, and a finished one is extended; both only when their rows were made in the same way.
  /// Errors: kAlreadyExists, kInvalidArgument (resume with other options), kIo (also: another run is at
  /// work).
  [[nodiscard]] static Result<Staging> ForEmbed(const Location& results, ExistingResults existing,
                                                const RunRecord& plan, bool steal_lock = false);

  /// For reducing: RESULTS must be complete; its features stay. What a killed `reduce` left is dropped.
  [[nodiscard]] static Result<Staging> ForReduce(const Location& results, bool steal_lock = false);

  /// For writing the parts of a complete result anew: what is staged takes the place of all that is there.
  /// What a killed `reduce` or `forget` left is dropped, or completed where it was published already.
  [[nodiscard]] static Result<Staging> ForRewrite(const Location& results, bool steal_lock = false);

  /// The staged folder of a section ("features", "moments", "pca", "pca_model"), made when missing.
  [[nodiscard]] Result<Location> Section(const char* section) const;

  /// A staged folder that is new and empty: what a killed run left in it is dropped.
  [[nodiscard]] Result<Location> NewSection(const char* section) const;

  /// Where the moments of FeatureParts() may be, the latest first.
  [[nodiscard]] std::vector<Location> MomentsFolders() const;

  /// Feature parts that are finished: those of the result in place that will stay, then the staged ones.
  [[nodiscard]] Result<std::vector<Location>> FeatureParts() const;

  /// Of FeatureParts(), those that are staged.
  [[nodiscard]] Result<std::vector<Location>> NewFeatureParts() const;

  /// Whether the staged part files of pca/ will be added to those in place, with the model that is there, or
  /// replace them.
  [[nodiscard]] Result<void> SetKeepsPca(bool keeps) const;

  /// Removes the staging folder when no feature part was finished in it, and RESULTS when that leaves it
  /// empty: a run that failed at once leaves nothing behind.
  void DropIfNothingWasFinished() const;

  /// Removes the staging folder with all that is in it: the results are as they were.
  void Drop() const;

  /// True when no feature part was finished, in this session or in earlier ones of the same run.
  [[nodiscard]] bool IsEmpty() const;

  /// True when an earlier, complete result keeps its feature parts and gets more.
  [[nodiscard]] bool extends() const { return extends_; }
  [[nodiscard]] const Location& results() const { return results_; }

  /// kIo when another run has taken the lock: nothing more may be written.
  [[nodiscard]] Result<void> CheckLock() const { return lock_.Check(); }

  /// Moves the staged sections into place and writes run.json last. A kill in the middle is completed by the
  /// next ForEmbed or ForReduce. Sections that `record` does not have are removed, and moments of features
  /// that are replaced. Errors: as CheckLock.
  [[nodiscard]] Result<void> Publish(const RunRecord& record) const;

 private:
  static Result<Staging> OfComplete(const Location& results, bool steal_lock, bool keeps_features);

  Staging(ResultsLock lock, Location results, Location folder, bool extends, bool keeps_features)
      : lock_(std::move(lock)),
        results_(std::move(results)),
        folder_(std::move(folder)),
        extends_(extends),
        keeps_features_(keeps_features) {}

  ResultsLock lock_;
  Location results_;
  Location folder_;
  bool extends_;
  bool keeps_features_;
};

/// The Parquet files of a folder, sorted by name; empty when there is no such folder.
[[nodiscard]] Result<std::vector<Location>> PartFiles(const Location& folder);

/// ReadRunRecord of coulis/results.h, of a location.
[[nodiscard]] Result<RunRecord> ReadRecordOf(const Location& results);

}  // namespace coulis
