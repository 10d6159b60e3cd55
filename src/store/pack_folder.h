// The life of a packed set: shards that are whole, what is in them noted aside, pack.json last.
#pragma once

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "coulis/pack.h"
#include "coulis/result.h"
#include "store/location.h"
#include "store/pack_json.h"
#include "store/results_lock.h"

namespace coulis {

/// A packed set that is being made. While it lives, the folder is locked against other runs. Not thread-safe.
///
///   OUT/shard-00000.tar, …        each appears whole
///   OUT/.packing/plan.json        what the set is to be, until it is whole
///   OUT/.packing/shard-00000.json a shard that is finished, and the paths in it
///   OUT/pack.json                 the set is whole
class PackFolder {
 public:
  /// `plan`: the options, without what is packed. `steal_lock`: see ResultsLock. Errors: kAlreadyExists,
  /// kInvalidArgument (resume with other options), kIo (also: another run is at work), kBadResults.
  [[nodiscard]] static Result<PackFolder> Open(const Location& out, ExistingResults existing, bool steal_lock,
                                               const PackRecord& plan);

  /// Of finished shards.
  [[nodiscard]] const std::unordered_set<std::string>& paths() const { return paths_; }
  [[nodiscard]] const std::vector<ShardRecord>& shards() const { return shards_; }

  /// Where the next shard belongs.
  [[nodiscard]] Location NextShard() const;

  /// Notes that the shard which NextShard() named is there.
  [[nodiscard]] Result<void> Add(const ShardNote& note);

  /// Writes pack.json.
  [[nodiscard]] Result<void> Publish(const PackRecord& record) const;

  /// A run that failed before its first shard leaves nothing behind.
  void DropIfNothingWasFinished() const;

 private:
  PackFolder(ResultsLock lock, Location out, std::string extension)
      : lock_(std::move(lock)), out_(std::move(out)), extension_(std::move(extension)) {}

  [[nodiscard]] Result<void> Prepare(ExistingResults existing, const PackRecord& plan);
  [[nodiscard]] Result<void> Begin(const PackRecord& plan);
  [[nodiscard]] Result<void> Clear(const std::vector<std::string>& names) const;
  [[nodiscard]] Result<void> TakeUp(const PackRecord& plan);
  [[nodiscard]] Location Staging() const;

  ResultsLock lock_;
  Location out_;
  std::string extension_;
  std::unordered_set<std::string> paths_;
  std::vector<ShardRecord> shards_;
};

}  // namespace coulis
