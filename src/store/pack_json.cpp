#include "store/pack_json.h"

#include <nlohmann/json.hpp>

#include "base/path_text.h"
#include "store/bad_images_json.h"
#include "store/json_text.h"
#include "store/option_difference.h"

namespace coulis {
namespace {

using Json = nlohmann::ordered_json;

Json ToObject(const ShardRecord& shard) {
  return {{"file", shard.file}, {"images", shard.images}, {"bytes", shard.bytes}};
}

ShardRecord ShardFrom(const Json& json) {
  return {.file = json.at("file").get<std::string>(),
          .images = json.at("images").get<std::int64_t>(),
          .bytes = json.at("bytes").get<std::int64_t>()};
}

// What `read` makes of the text.
template <typename T, typename Read>
Result<T> From(const std::string& text, const char* what, const Read& read) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format_version").get<int>() != PackRecord::kFormatVersion) {
      return Error{ErrorCode::kBadResults, std::string(what) + " is of another format version"};
    }
    return read(json);
  } catch (const Json::exception& problem) {
    return Error{ErrorCode::kBadResults, std::string(what) + " is damaged: " + PathText(problem.what())};
  }
}

}  // namespace

std::string ToJson(const PackRecord& record) {
  Json shards = Json::array();
  for (const ShardRecord& shard : record.shards) shards.push_back(ToObject(shard));
  return JsonText(
      {{"format_version", PackRecord::kFormatVersion},
       {"coulis_version", record.coulis_version},
       {"created", record.created},
       {"options",
        {{"inputs", record.inputs},
         {"manifest", record.manifest},
         {"image_column", record.image_column},
         {"globs", record.globs},
         {"max_bytes", record.max_bytes},
         {"format", record.format},
         {"shard_bytes", record.shard_bytes},
         {"strip_metadata", record.strip_metadata}}},
       {"counts", {{"images", record.images}, {"bytes", record.bytes}, {"unread", record.unread}}},
       {"unread", ToJson(record.unread_examples)},
       {"shards", shards}});
}

Result<PackRecord> PackRecordFromJson(const std::string& text) {
  return From<PackRecord>(text, "pack.json", [](const Json& json) {
    PackRecord record;
    json.at("coulis_version").get_to(record.coulis_version);
    json.at("created").get_to(record.created);
    const Json& options = json.at("options");
    options.at("inputs").get_to(record.inputs);
    options.at("manifest").get_to(record.manifest);
    options.at("image_column").get_to(record.image_column);
    options.at("globs").get_to(record.globs);
    options.at("max_bytes").get_to(record.max_bytes);
    options.at("format").get_to(record.format);
    options.at("shard_bytes").get_to(record.shard_bytes);
    record.strip_metadata = options.value("strip_metadata", false);
    const Json& counts = json.at("counts");
    counts.at("images").get_to(record.images);
    counts.at("bytes").get_to(record.bytes);
    counts.at("unread").get_to(record.unread);
    record.unread_examples = BadImagesFrom(json.at("unread"));
    for (const Json& shard : json.at("shards")) record.shards.push_back(ShardFrom(shard));
    return record;
  });
}

std::string ToJson(const ShardNote& note) {
  Json json = {{"format_version", PackRecord::kFormatVersion}};
  json.update(ToObject(note.shard));
  json["paths"] = note.paths;
  return JsonText(json);
}

Result<ShardNote> ShardNoteFromJson(const std::string& text) {
  return From<ShardNote>(text, "a note on a shard", [](const Json& json) {
    return ShardNote{ShardFrom(json), json.at("paths").get<std::vector<std::string>>()};
  });
}

std::optional<std::string> DifferenceInShards(const PackRecord& now, const PackRecord& before) {
  const RecordedOption options[] = {
      {"input", Joined(now.inputs), Joined(before.inputs)},
      {"--files", now.manifest, before.manifest},
      {"--image-column", now.image_column, before.image_column},
      {"--glob", Joined(now.globs), Joined(before.globs)},
      {"--max-bytes", std::to_string(now.max_bytes), std::to_string(before.max_bytes)},
      {"--format", now.format, before.format},
      {"--shard-size", std::to_string(now.shard_bytes), std::to_string(before.shard_bytes)},
      {"--strip-metadata", now.strip_metadata ? "on" : "off", before.strip_metadata ? "on" : "off"},
  };
  return FirstDifference(options);
}

}  // namespace coulis
