#include <algorithm>
#include <openvino/core/model.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "coulis/model.h"
#include "description/description.h"
#include "models/import_arithmetic.h"
#include "models/import_preprocessing.h"
#include "models/keras_file.h"
#include "models/model_folder.h"
#include "models/network.h"
#include "models/onnx_files.h"
#include "models/sha256.h"
#include "models/staging.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

// The files that hold the model, which its identity covers.
std::vector<fs::path> FilesOf(const fs::path& file) {
  std::error_code problem;
  if (file.extension() == ".xml") return {fs::path(file).replace_extension(".bin"), file};
  if (file.extension() == ".onnx") return models::FilesOfOnnx(file);
  if (!fs::is_directory(file, problem)) return {file};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(file, problem)) {
    if (entry.is_regular_file(problem)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// `files`: those of the model in `file`.
Result<std::string> IdentityOf(const std::vector<fs::path>& files, const fs::path& file) {
  if (files.size() == 1) return models::Sha256OfFile(files[0]);
  std::vector<models::NamedSha256> listing;
  for (const fs::path& each : files) {
    const Result<std::string> sha256 = models::Sha256OfFile(each);
    if (!sha256) return sha256.error();
    listing.emplace_back(each.lexically_relative(file.parent_path()).string(), *sha256);
  }
  return models::Sha256OfListing(listing);
}

// "fruit.weights.h5" → "fruit", "saved_model/" → "saved_model"
std::string NameOfFile(const fs::path& file) {
  const fs::path stem = (file.has_filename() ? file : file.parent_path()).stem();
  return stem.extension() == ".weights" ? stem.stem().string() : stem.string();
}

Result<std::string> NameFor(const ImportOptions& options) {
  const std::string name = options.name.empty() ? NameOfFile(options.file) : options.name;
  if (!IsPlainName(name)) {
    return Error{ErrorCode::kInvalidArgument,
                 "\"" + name +
                     "\" cannot be the name of a model: say --name with letters, digits, "
                     ". _ -"};
  }
  std::error_code problem;
  if (!options.force && fs::exists(ModelsFolder() / name, problem)) {
    return Error{ErrorCode::kAlreadyExists,
                 "a model " + name + " is installed: say --name with another name, or --force to replace it"};
  }
  return name;
}

struct Prepared {
  std::shared_ptr<ov::Model> network;
  ModelDescription description;
  // Why a quantised network does not compute as LiteRT does.
  std::string obstacle;
};

Result<int> FeatureLengthOf(const ov::Model& network, bool channels_last) {
  if (network.get_results().empty()) return Error{ErrorCode::kBadModel, "the model has no output"};
  const ov::Output<ov::Node> output = network.get_results().front()->input_value(0);
  if (const int length = models::FeatureLength(output, channels_last); length > 0) return length;
  const std::vector<ov::Output<ov::Node>> layers = models::FeatureOutputs(network);
  return Error{ErrorCode::kBadModel,
               "the model's output is " + models::ToText(output.get_partial_shape()) + " of " +
                   output.get_element_type().to_string() +
                   "; features are [1, channels] or have height and width besides" +
                   (layers.empty() ? "" : ": say --layer, such as " + models::NameOf(layers.back()))};
}

Result<Prepared> Prepare(const ImportOptions& options) {
  const Result<models::NetworkFormat> format = models::FormatOf(options.file);
  if (!format) return format.error();
  Result<models::ImportedNetwork> read = models::ReadForImport(options, *format);
  if (!read) return read.error();
  Result<std::shared_ptr<ov::Model>> network = std::move(read->network);
  const Result<models::InputForm> input = models::FixInput(**network, *format, options.size);
  if (!input) return input.error();
  if (!options.layer.empty()) {
    network = models::WithFirstOutput(*network, options.layer);
    if (!network) return network.error();
  }
  const Result<int> length = FeatureLengthOf(**network, input->channels_last);
  if (!length) return length.error();

  ModelDescription description;
  description.input_size = input->size;
  description.layout = input->channels_last ? "NHWC" : "NCHW";
  description.takes_u8 = input->takes_u8;
  description.arithmetic = read->arithmetic;
  description.layer = options.layer;
  description.feature_length = *length;
  description.licence = options.licence;
  description.source = format->name + " file " + options.file.filename().string();
  if (Result<void> chosen = models::ChoosePreprocessing(options, description); !chosen) return chosen.error();
  return Prepared{*std::move(network), std::move(description), std::move(read->obstacle)};
}

// ONNX is kept as it came, to be exported again.
Result<void> KeepOnnx(const fs::path& file, const fs::path& folder) {
  std::error_code problem;
  fs::copy_file(file, folder / kOnnxFile, problem);
  if (problem) return Error{ErrorCode::kIo, "cannot copy " + file.string() + ": " + problem.message()};
  return {};
}

Result<void> WriteModel(const std::vector<fs::path>& files, const Prepared& prepared,
                        const fs::path& folder) {
  if (files.size() == 1 && files[0].extension() == ".onnx") {
    if (Result<void> kept = KeepOnnx(files[0], folder); !kept) return kept;
  }
  return models::WriteModelFolder(folder, prepared.network, prepared.description);
}

void Report(const ImportOptions& options, const Prepared& prepared) {
  if (!options.report) return;
  const ModelDescription& description = prepared.description;
  options.report("input: " + std::string(description.takes_u8 ? "u8" : "f32") + " " + description.layout +
                 ", " + PreprocessingText(description));
  options.report("output: " + std::to_string(description.feature_length) + " features" +
                 (description.layer.empty() ? "" : " of layer " + description.layer));
  if (description.arithmetic.empty()) return;
  options.report("arithmetic: " + std::string(ArithmeticText(description)) +
                 (prepared.obstacle.empty() ? "" : "; LiteRT's cannot be had: " + prepared.obstacle));
}

// What belongs to Keras's architectures is not a matter of choice.
Result<void> RefuseForKeras(const ImportOptions& options) {
  const bool own = options.preprocess.empty() || options.preprocess == "keras";
  if (own && !options.mean && !options.scale && options.layer.empty() && options.arithmetic.empty()) {
    return {};
  }
  return Error{
      ErrorCode::kInvalidArgument,
      "Keras's weights bring their preprocessing and output with them: --mean, --scale, --preprocess, "
      "--arithmetic and --layer do not apply"};
}

}  // namespace

Result<Model> ImportModel(const ImportOptions& options) {
  const Result<std::string> name = NameFor(options);
  if (!name) return name.error();
  if (models::IsKerasFile(options.file)) {
    if (Result<void> refused = RefuseForKeras(options); !refused) return refused.error();
    return models::ImportKerasFile(options, *name);
  }
  if (!options.arch.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--arch is for Keras's weights (.h5): this file holds its network"};
  }
  Result<Prepared> prepared = Prepare(options);
  if (!prepared) return prepared.error();
  prepared->description.name = *name;
  const std::vector<fs::path> files = FilesOf(options.file);
  const Result<std::string> identity = IdentityOf(files, options.file);
  if (!identity) return identity.error();
  prepared->description.sha256 = *identity;
  Report(options, *prepared);

  Result<models::Staging> staging = models::Staging::Make(ModelsFolder());
  if (!staging) return staging.error();
  if (Result<void> written = WriteModel(files, *prepared, staging->folder()); !written) {
    return written.error();
  }
  if (Result<void> published = staging->Publish(*name); !published) return published.error();
  return OpenModel((ModelsFolder() / *name).string());
}

}  // namespace coulis
