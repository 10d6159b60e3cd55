#include <span>
#include <string_view>
#include <system_error>

#include "base/durable_file.h"
#include "coulis/model.h"
#include "description/description.h"
#include "models/model_folder.h"

namespace coulis {
namespace {

constexpr std::uintmax_t kLargestOnnx = std::uintmax_t{1} << 32;

Error WithoutOnnx(const std::string& name) {
  return {ErrorCode::kNotFound,
          "model " + name + " has no ONNX form: it was imported from a format that does not lead there"};
}

}  // namespace

Result<Model> ExportOnnx(const std::string& name_or_path, const std::filesystem::path& file, bool overwrite) {
  Result<Model> model = OpenModel(name_or_path);
  if (!model) return model;
  if (!model->description.files.contains(kOnnxFile)) return WithoutOnnx(model->description.name);
  std::error_code problem;
  if (std::filesystem::is_directory(file, problem)) {
    return Error{ErrorCode::kInvalidArgument, file.string() + " is a folder; name a file in it"};
  }
  if (!overwrite && std::filesystem::exists(std::filesystem::symlink_status(file, problem))) {
    return Error{ErrorCode::kAlreadyExists, file.string() + " exists; replace it with --force"};
  }
  const Result<std::vector<std::byte>> onnx = models::ReadWholeFile(model->folder / kOnnxFile, kLargestOnnx);
  if (!onnx) return onnx.error();
  const std::string_view content(reinterpret_cast<const char*>(onnx->data()), onnx->size());
  // Absolute: the folder of a bare name is flushed too.
  if (Result<void> written = WriteFileDurably(std::filesystem::absolute(file, problem), content); !written) {
    return written.error();
  }
  return model;
}

}  // namespace coulis
