// What a packed set says of itself: pack.json, and the notes on its way there (docs/formats.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coulis/pack.h"
#include "coulis/result.h"

namespace coulis {

/// A finished shard of a set that is not yet whole, and the paths of its images.
struct ShardNote {
  ShardRecord shard;
  std::vector<std::string> paths;
};

[[nodiscard]] std::string ToJson(const PackRecord& record);
[[nodiscard]] std::string ToJson(const ShardNote& note);

/// Errors: kBadResults.
[[nodiscard]] Result<PackRecord> PackRecordFromJson(const std::string& text);
[[nodiscard]] Result<ShardNote> ShardNoteFromJson(const std::string& text);

/// The first option that makes other shards, "--format is …, was …"; empty when they would be the same.
[[nodiscard]] std::optional<std::string> DifferenceInShards(const PackRecord& now, const PackRecord& before);

}  // namespace coulis
