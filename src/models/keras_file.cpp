#include "models/keras_file.h"

#include <utility>

#include "models/keras_mobilenet_v2.h"
#include "models/model_folder.h"
#include "models/sha256.h"
#include "models/staging.h"

namespace coulis::models {
namespace {

constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 30;

Result<void> CheckArchitecture(const ImportOptions& options) {
  if (options.arch == "mobilenet_v2") return {};
  if (!options.arch.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--arch " + options.arch + " is not known; there is mobilenet_v2"};
  }
  return Error{ErrorCode::kInvalidArgument,
               options.file.filename().string() +
                   " holds weights alone: say with --arch what they belong to (mobilenet_v2)"};
}

Result<ImportedModel> ReadModel(const ImportOptions& options) {
  const std::string file = options.file.filename().string();
  const Result<std::vector<std::byte>> bytes = ReadWholeFile(options.file, kLargestFile);
  if (!bytes) return bytes.error();
  Result<ImportedModel> model = ImportKerasMobileNetV2(*bytes, options.size);
  if (!model) {
    return model.error().code == ErrorCode::kBadModel ? WithContext(model.error(), file) : model.error();
  }
  const Result<std::string> sha256 = Sha256(*bytes);
  if (!sha256) return sha256.error();
  model->description.licence = options.licence;
  model->description.source = Summary(model->variant) + ", from " + file + " (sha256 " + *sha256 + ")";
  return model;
}

}  // namespace

bool IsKerasFile(const std::filesystem::path& file) {
  return file.extension() == ".h5" || file.extension() == ".hdf5";
}

Result<Model> ImportKerasFile(const ImportOptions& options, const std::string& name) {
  if (Result<void> known = CheckArchitecture(options); !known) return known.error();
  Result<ImportedModel> model = ReadModel(options);
  if (!model) return model.error();
  model->description.name = name;
  if (options.report) {
    options.report(Summary(model->variant) + ": " + std::to_string(model->description.feature_length) +
                   " features" +
                   (model->variant.classes > 0
                        ? "; --layer predictions: " + std::to_string(model->variant.classes) + " classes"
                        : ""));
  }
  Result<Staging> staging = Staging::Make(ModelsFolder());
  if (!staging) return staging.error();
  Result<void> written = WriteModelFolder(staging->folder(), model->onnx, model->description);
  if (!written) return written.error();
  if (Result<void> published = staging->Publish(name); !published) return published.error();
  return OpenModel((ModelsFolder() / name).string());
}

}  // namespace coulis::models
