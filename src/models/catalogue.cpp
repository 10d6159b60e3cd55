#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/environment.h"
#include "coulis/model.h"
#include "description/description.h"
#include "models/known_models.h"
#include "models/model_folder.h"
#include "models/sha256.h"

namespace coulis {
namespace {

constexpr const char* kInt8Folder = "int8";
constexpr std::uintmax_t kLongestDescription = std::uintmax_t{1} << 20;

std::string HowToRepair(const std::string& name) {
  return models::FindKnownModel(name) != nullptr ? "run: coulis models pull " + name + " --force"
                                                 : "install it anew";
}

Error NoSuchModel(const std::string& name) {
  if (models::FindKnownModel(name) != nullptr) {
    return {ErrorCode::kNotFound, "model " + name + " is not installed; run: coulis models pull " + name};
  }
  return {ErrorCode::kNotFound, "there is no model " + name + ": neither installed in " +
                                    ModelsFolder().string() +
                                    " nor a folder with a model.json; run: coulis models list"};
}

// The folder that is meant: a name means an installed model, unless only a local folder is called so.
std::filesystem::path FolderOf(const std::string& name_or_path) {
  std::error_code problem;
  const std::filesystem::path path(name_or_path);
  if (IsPlainName(name_or_path)) {
    const std::filesystem::path installed = ModelsFolder() / path;
    if (std::filesystem::exists(installed, problem) ||
        !std::filesystem::exists(path / kDescriptionFile, problem)) {
      return installed;
    }
  }
  return path.filename() == kDescriptionFile || !path.has_filename() ? path.parent_path() : path;
}

Result<std::string> ReadDescription(const std::filesystem::path& path) {
  std::error_code problem;
  if (std::filesystem::file_size(path, problem) > kLongestDescription || problem) {
    return Error{ErrorCode::kBadModel, "model.json is missing or too large"};
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return Error{ErrorCode::kBadModel, "model.json cannot be read"};
  return content.str();
}

Result<void> VerifyFiles(const ModelDescription& description, const std::filesystem::path& folder) {
  for (const auto& [file, expected] : description.files) {
    const Result<std::string> found = models::Sha256OfFile(folder / file);
    if (!found) return Error{ErrorCode::kBadModel, found.error().message};
    if (*found != expected) return Error{ErrorCode::kBadModel, file + " was altered since it was installed"};
  }
  return {};
}

// The preprocessing of a known model is known: a description that says otherwise would give other features.
Result<void> VerifyPreprocessing(const ModelDescription& description) {
  const models::KnownModel* known = models::FindKnownModel(description.name);
  if (known == nullptr) return {};
  const ModelDescription& expected = known->description;
  const bool same = description.input_size == expected.input_size && description.layout == expected.layout &&
                    description.mean == expected.mean && description.scale == expected.scale &&
                    description.resize_filter == expected.resize_filter &&
                    description.feature_length == expected.feature_length;
  if (!same) return Error{ErrorCode::kBadModel, "model.json was altered since it was installed"};
  return {};
}

Result<Model> OpenFolder(const std::filesystem::path& folder) {
  const Result<std::string> json = ReadDescription(folder / kDescriptionFile);
  if (!json) return json.error();
  Result<ModelDescription> description = ParseModelDescription(*json);
  if (!description) return description.error();
  if (Result<void> whole = VerifyFiles(*description, folder); !whole) return whole.error();
  if (Result<void> same = VerifyPreprocessing(*description); !same) return same.error();
  return Model{.description = *std::move(description), .folder = folder};
}

// `model`: as it is in f32.
Result<Model> OpenInt8(const Model& model) {
  const std::string& name = model.description.name;
  const std::string how = "; run: coulis models quantize " + name + " --data DIR";
  const std::filesystem::path folder = model.folder / kInt8Folder;
  std::error_code problem;
  if (!std::filesystem::is_directory(folder, problem)) {
    return Error{ErrorCode::kNotFound, "model " + name + " has no int8 network yet" + how};
  }
  Result<Model> int8 = OpenFolder(folder);
  if (!int8) {
    return Error{int8.error().code,
                 "the int8 network of model " + name + " is damaged (" + int8.error().message + ")" + how};
  }
  if (int8->description.quantized_from == model.description.sha256) return int8;
  return Error{ErrorCode::kBadModel,
               "the int8 network of model " + name + " was made from another version of it" + how};
}

ModelListing Describe(const std::string& name) {
  ModelListing listing;
  listing.name = name;
  if (const models::KnownModel* known = models::FindKnownModel(name)) {
    listing.licence = known->description.licence;
    listing.summary = known->summary;
  }
  Result<Model> model = OpenModel(name);
  if (!model) {
    if (model.error().code != ErrorCode::kNotFound) listing.problem = model.error().message;
    return listing;
  }
  listing.installed = true;
  listing.has_int8 = OpenInt8(*model).ok();
  listing.licence = model->description.licence;
  if (listing.summary.empty()) listing.summary = model->description.source;
  listing.description = std::move(model->description);
  return listing;
}

}  // namespace

std::filesystem::path ModelsFolder() {
  if (std::string folder = EnvironmentVariable("COULIS_MODELS"); !folder.empty()) return folder;
  // The XDG specification has relative paths ignored.
  const std::filesystem::path data = EnvironmentVariable("XDG_DATA_HOME");
  if (data.is_absolute()) return data / "coulis" / "models";
  return std::filesystem::path(EnvironmentVariable("HOME")) / ".local" / "share" / "coulis" / "models";
}

std::vector<ModelListing> ListModels() {
  std::set<std::string> names;
  for (const models::KnownModel& known : models::KnownModels()) names.insert(known.description.name);
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(ModelsFolder(), problem)) {
    const std::string name = entry.path().filename().string();
    if (IsPlainName(name) && entry.is_directory(problem)) names.insert(name);
  }
  std::vector<ModelListing> listings;
  std::transform(names.begin(), names.end(), std::back_inserter(listings), Describe);
  return listings;
}

Result<Model> OpenModel(const std::string& name_or_path, Precision precision) {
  const std::filesystem::path folder = FolderOf(name_or_path);
  std::error_code problem;
  if (!std::filesystem::is_directory(folder, problem)) return NoSuchModel(name_or_path);
  Result<Model> model = OpenFolder(folder);
  const std::string name = folder.filename().string();
  if (!model) {
    return Error{model.error().code,
                 "model " + name + " is damaged (" + model.error().message + "); " + HowToRepair(name)};
  }
  if (!model->description.quantized_from.empty()) {
    return Error{ErrorCode::kInvalidArgument, folder.string() + " is the int8 network of model " +
                                                  model->description.name + ": name the model itself, and " +
                                                  "int8 with --precision int8"};
  }
  return precision == Precision::kInt8 ? OpenInt8(*model) : model;
}

}  // namespace coulis
