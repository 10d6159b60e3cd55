#include <system_error>

#include "coulis/model.h"
#include "models/description.h"
#include "models/keras_file.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

// "fruit.weights.h5" → "fruit"
std::string NameOfFile(const fs::path& file) {
  const fs::path stem = file.stem();
  return stem.extension() == ".weights" ? stem.stem().string() : stem.string();
}

Result<std::string> NameFor(const ImportOptions& options) {
  const std::string name = options.name.empty() ? NameOfFile(options.file) : options.name;
  if (!models::IsPlainName(name)) {
    return Error{ErrorCode::kInvalidArgument,
                 "\"" + name +
                     "\" cannot be the name of a model: say --name with letters, "
                     "digits, . _ -"};
  }
  std::error_code problem;
  if (!options.force && fs::exists(ModelsFolder() / name, problem)) {
    return Error{ErrorCode::kAlreadyExists,
                 "a model " + name + " is installed: say --name with another name, or --force to replace it"};
  }
  return name;
}

}  // namespace

Result<Model> ImportModel(const ImportOptions& options) {
  const Result<std::string> name = NameFor(options);
  if (!name) return name.error();
  if (models::IsKerasFile(options.file)) return models::ImportKerasFile(options, *name);
  return Error{ErrorCode::kInvalidArgument,
               options.file.filename().string() +
                   " is of no format that is known: " + "there is .h5 (weights that Keras saved)"};
}

}  // namespace coulis
