#include "models/model_folder.h"

#include <fstream>
#include <system_error>
#include <utility>

#include "description/description.h"
#include "models/ir_writer.h"
#include "models/sha256.h"

namespace coulis::models {
namespace {

// Lists and describes what `folder` holds.
Result<void> Complete(const std::filesystem::path& folder, ModelDescription description) {
  description.network = kNetworkFile;
  std::error_code problem;
  for (const char* file : {kOnnxFile, kNetworkFile, kConstantsFile}) {
    if (!std::filesystem::exists(folder / file, problem)) continue;
    const Result<std::string> sha256 = Sha256OfFile(folder / file);
    if (!sha256) return sha256.error();
    description.files[file] = *sha256;
  }
  if (description.sha256.empty()) description.sha256 = description.files[kOnnxFile];
  return WriteTextFile(folder / kDescriptionFile, WriteDescription(description));
}

}  // namespace

Result<void> WriteTextFile(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) return Error{ErrorCode::kIo, "cannot write " + path.string() + ": is the disk full?"};
  return {};
}

Result<void> WriteModelFolder(const std::filesystem::path& folder, const std::string& onnx,
                              ModelDescription description) {
  if (Result<void> written = WriteTextFile(folder / kOnnxFile, onnx); !written) return written;
  if (Result<void> converted = ConvertOnnxToIr(folder / kOnnxFile, folder / kNetworkFile); !converted) {
    return converted;
  }
  return Complete(folder, std::move(description));
}

Result<void> WriteModelFolder(const std::filesystem::path& folder, const std::shared_ptr<ov::Model>& network,
                              ModelDescription description) {
  if (Result<void> written = WriteIr(network, folder / kNetworkFile); !written) return written;
  return Complete(folder, std::move(description));
}

Result<std::vector<std::byte>> ReadWholeFile(const std::filesystem::path& path, std::uintmax_t limit) {
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(path, problem);
  std::ifstream file(path, std::ios::binary);
  if (problem || !file) {
    return Error{ErrorCode::kNotFound, path.string() + " is missing, no file, or cannot be read"};
  }
  if (size > limit) return Error{ErrorCode::kBadModel, path.string() + " is too large to be that"};
  std::vector<std::byte> bytes(size);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    return Error{ErrorCode::kIo, "cannot read " + path.string()};
  }
  return bytes;
}

}  // namespace coulis::models
