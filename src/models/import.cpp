#include <algorithm>
#include <system_error>
#include <utility>

#include "coulis/model.h"
#include "models/description.h"
#include "models/keras_mobilenet_v2.h"
#include "models/model_folder.h"
#include "models/sha256.h"
#include "models/staging.h"

namespace coulis {
namespace {

using models::ImportedModel;
using Report = std::function<void(const std::string&)>;

constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 30;

std::string FileName(const std::filesystem::path& file) {
  return file.filename().string();
}

// "fruit net.weights.h5" → "fruit_net"
std::string NameFromFile(const std::filesystem::path& file) {
  std::string name = FileName(file);
  for (const std::string extension : {".h5", ".hdf5", ".weights"}) {
    if (name.ends_with(extension)) name.resize(name.size() - extension.size());
  }
  for (char& c : name) {
    if (!models::IsPlainName(std::string("x") + c)) c = '_';
  }
  return name;
}

Result<std::string> NameOf(const ImportOptions& options) {
  const std::string name = options.name.empty() ? NameFromFile(options.file) : options.name;
  if (models::IsPlainName(name)) return name;
  return Error{
      ErrorCode::kInvalidArgument,
      "\"" + name + "\" cannot be a model's name: give one of letters, digits, '.', '_', '-' with --name"};
}

Result<void> RefuseInstalled(const std::string& name, bool force) {
  std::error_code problem;
  if (force || !std::filesystem::exists(ModelsFolder() / name, problem)) return {};
  return Error{
      ErrorCode::kAlreadyExists,
      "a model " + name + " is installed already; choose another --name, or replace it with --force"};
}

Result<void> CheckArchitecture(const ImportOptions& options) {
  if (options.arch == "mobilenet_v2") return {};
  if (options.arch.empty()) {
    return Error{
        ErrorCode::kInvalidArgument,
        FileName(options.file) + " holds weights: say with --arch what they belong to (mobilenet_v2)"};
  }
  return Error{ErrorCode::kInvalidArgument,
               "--arch " + options.arch + " is not known; there is mobilenet_v2"};
}

Result<ImportedModel> ImportKeras(const ImportOptions& options, const Report& report) {
  if (Result<void> known = CheckArchitecture(options); !known) return known.error();
  report("read " + FileName(options.file));
  const Result<std::vector<std::byte>> bytes = models::ReadWholeFile(options.file, kLargestFile);
  if (!bytes) return bytes.error();
  Result<ImportedModel> model = models::ImportKerasMobileNetV2(*bytes, options.size);
  if (!model) {
    if (model.error().code != ErrorCode::kBadModel) return model.error();
    return WithContext(model.error(), FileName(options.file));
  }
  const Result<std::string> sha256 = models::Sha256(*bytes);
  if (!sha256) return sha256.error();
  model->description.licence = "not stated";
  model->description.source =
      models::Summary(model->variant) + ", from " + FileName(options.file) + " (sha256 " + *sha256 + ")";
  return model;
}

}  // namespace

Result<Model> ImportModel(const ImportOptions& options) {
  const Report report = options.report ? options.report : [](const std::string&) {};
  const Result<std::string> name = NameOf(options);
  if (!name) return name.error();
  if (Result<void> free = RefuseInstalled(*name, options.force); !free) return free.error();
  Result<ImportedModel> model = ImportKeras(options, report);
  if (!model) return model.error();
  model->description.name = *name;

  Result<models::Staging> staging = models::Staging::Make(ModelsFolder());
  if (!staging) return staging.error();
  report("convert " + models::Summary(model->variant));
  if (Result<void> written = models::WriteModelFolder(staging->folder(), model->onnx, model->description);
      !written) {
    return written.error();
  }
  const std::filesystem::path target = ModelsFolder() / *name;
  report("install " + target.string());
  if (Result<void> published = staging->Publish(*name); !published) return published.error();
  return OpenModel(target.string());
}

}  // namespace coulis
