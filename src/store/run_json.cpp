#include "store/run_json.h"

#include <nlohmann/json.hpp>
#include <span>

#include "base/path_text.h"
#include "store/bad_images_json.h"
#include "store/json_text.h"
#include "store/option_difference.h"

namespace coulis {
namespace {

// ordered_json: the file reads from the general to the particular.
using Json = nlohmann::ordered_json;
constexpr std::int64_t kMaxRunFileBytes = std::int64_t{1} << 30;

Json ToJson(const std::vector<PartRecord>& parts) {
  Json list = Json::array();
  for (const PartRecord& part : parts) {
    list.push_back({{"file", part.file}, {"rows", part.rows}, {"bad", part.bad}});
  }
  return list;
}

std::vector<PartRecord> PartsFrom(const Json& list) {
  std::vector<PartRecord> parts;
  for (const Json& part : list) {
    parts.push_back({.file = part.at("file").get<std::string>(),
                     .rows = part.at("rows").get<std::int64_t>(),
                     .bad = part.at("bad").get<std::int64_t>()});
  }
  return parts;
}

Json ToJson(const PcaRecord& pca) {
  return {{"k", pca.k},
          {"components", pca.components},
          {"explained_variance_ratio", pca.explained_variance_ratio},
          {"fitted_on", pca.fitted_on},
          {"fitted_rows", pca.fitted_rows},
          {"forgotten", pca.forgotten},
          {"parts", ToJson(pca.parts)}};
}

PcaRecord PcaFrom(const Json& json) {
  PcaRecord pca;
  json.at("k").get_to(pca.k);
  json.at("components").get_to(pca.components);
  json.at("explained_variance_ratio").get_to(pca.explained_variance_ratio);
  json.at("fitted_on").get_to(pca.fitted_on);
  json.at("fitted_rows").get_to(pca.fitted_rows);
  pca.forgotten = json.value("forgotten", std::int64_t{0});
  pca.parts = PartsFrom(json.at("parts"));
  return pca;
}

Json ToJson(const StorageRecord& storage) {
  return {{"regions", storage.regions},
          {"allowed_regions", storage.allowed_regions},
          {"objects_read", storage.counts.objects},
          {"bytes_read", storage.counts.bytes},
          {"retries", storage.counts.retries},
          {"throttled", storage.counts.throttled}};
}

StorageRecord StorageFrom(const Json& json) {
  StorageRecord storage;
  json.at("regions").get_to(storage.regions);
  json.at("allowed_regions").get_to(storage.allowed_regions);
  json.at("objects_read").get_to(storage.counts.objects);
  json.at("bytes_read").get_to(storage.counts.bytes);
  json.at("retries").get_to(storage.counts.retries);
  json.at("throttled").get_to(storage.counts.throttled);
  return storage;
}

RunRecord RecordFrom(const Json& json) {
  RunRecord record;
  json.at("coulis_version").get_to(record.coulis_version);
  json.at("created").get_to(record.created);
  const Json& options = json.at("options");
  options.at("inputs").get_to(record.inputs);
  record.manifest = options.value("manifest", "");
  record.image_column = options.value("image_column", "");
  options.at("label").get_to(record.label);
  options.at("globs").get_to(record.globs);
  options.at("exif_rotate").get_to(record.exif_rotate);
  options.at("max_pixels").get_to(record.max_pixels);
  options.at("max_bytes").get_to(record.max_bytes);
  options.at("threads").get_to(record.threads);
  const Json& model = json.at("model");
  model.at("name").get_to(record.model_name);
  model.at("sha256").get_to(record.model_sha256);
  record.preprocessing = model.value("preprocessing", "");
  model.at("layer").get_to(record.layer);
  model.at("precision").get_to(record.precision);
  record.decode = model.value("decode", "exact");
  model.at("feature_length").get_to(record.feature_length);
  const Json& counts = json.at("counts");
  counts.at("images").get_to(record.images);
  counts.at("bad").get_to(record.bad);
  counts.at("ignored").get_to(record.ignored);
  record.forgotten = counts.value("forgotten", std::int64_t{0});
  record.bad_examples = BadImagesFrom(json.at("bad_examples"));
  record.features = PartsFrom(json.at("features"));
  if (!json.at("pca").is_null()) record.pca = PcaFrom(json.at("pca"));
  if (const auto storage = json.find("storage"); storage != json.end() && !storage->is_null()) {
    record.storage = StorageFrom(*storage);
  }
  const Json& timing = json.at("timing");
  timing.at("embed_seconds").get_to(record.timing.embed);
  timing.at("reduce_seconds").get_to(record.timing.reduce);
  timing.at("images_per_second").get_to(record.timing.images_per_second);
  return record;
}

}  // namespace

std::string ToJson(const RunRecord& record) {
  const Json json = {
      {"format_version", RunRecord::kFormatVersion},
      {"coulis_version", record.coulis_version},
      {"created", record.created},
      {"options",
       {{"inputs", record.inputs},
        {"manifest", record.manifest},
        {"image_column", record.image_column},
        {"label", record.label},
        {"globs", record.globs},
        {"exif_rotate", record.exif_rotate},
        {"max_pixels", record.max_pixels},
        {"max_bytes", record.max_bytes},
        {"threads", record.threads}}},
      {"model",
       {{"name", record.model_name},
        {"sha256", record.model_sha256},
        {"preprocessing", record.preprocessing},
        {"layer", record.layer},
        {"precision", record.precision},
        {"decode", record.decode},
        {"feature_length", record.feature_length}}},
      {"counts",
       {{"images", record.images},
        {"bad", record.bad},
        {"ignored", record.ignored},
        {"forgotten", record.forgotten}}},
      {"timing",
       {{"embed_seconds", record.timing.embed},
        {"reduce_seconds", record.timing.reduce},
        {"images_per_second", record.timing.images_per_second}}},
      {"storage", record.storage ? ToJson(*record.storage) : Json(nullptr)},
      {"bad_examples", ToJson(record.bad_examples)},
      {"features", ToJson(record.features)},
      {"pca", record.pca ? ToJson(*record.pca) : Json(nullptr)},
  };
  return JsonText(json);
}

Result<RunRecord> RunRecordFromJson(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    const int version = json.at("format_version").get<int>();
    if (version != RunRecord::kFormatVersion) {
      return Error{ErrorCode::kBadResults, "run.json has format version " + std::to_string(version) +
                                               ", this Coulis reads " +
                                               std::to_string(RunRecord::kFormatVersion)};
    }
    return RecordFrom(json);
  } catch (const Json::exception& problem) {
    return Error{ErrorCode::kBadResults, "run.json is damaged: " + PathText(problem.what())};
  }
}

Result<RunRecord> ReadRunFile(const Location& file) {
  Result<std::string> text = ReadText(file, kMaxRunFileBytes);
  if (!text) return text.error();
  return RunRecordFromJson(*text);
}

std::optional<std::string> DifferenceInRows(const RunRecord& now, const RunRecord& before) {
  auto model = [](const RunRecord& record) {
    return record.model_name + " (sha256 " + record.model_sha256.substr(0, 12) + ")";
  };
  const RecordedOption options[] = {
      {"input", Joined(now.inputs), Joined(before.inputs)},
      {"--files", now.manifest, before.manifest},
      {"--image-column", now.image_column, before.image_column},
      {"model", model(now), model(before)},
      {"preprocessing", now.preprocessing, before.preprocessing},
      {"--layer", now.layer, before.layer},
      {"--precision", now.precision, before.precision},
      {"--decode", now.decode, before.decode},
      {"--label", now.label, before.label},
      {"--glob", Joined(now.globs), Joined(before.globs)},
      {"--exif-rotate", now.exif_rotate ? "on" : "off", before.exif_rotate ? "on" : "off"},
      {"--max-pixels", std::to_string(now.max_pixels), std::to_string(before.max_pixels)},
      {"--max-bytes", std::to_string(now.max_bytes), std::to_string(before.max_bytes)},
  };
  return FirstDifference(options);
}

}  // namespace coulis
