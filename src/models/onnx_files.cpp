#include "models/onnx_files.h"

#include <onnx/onnx_pb.h>

#include <fstream>
#include <set>

namespace coulis::models {
namespace {

using Files = std::set<std::filesystem::path>;

void AddFileOf(const onnx::TensorProto& tensor, const std::filesystem::path& folder, Files& files) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
  for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
    if (entry.key() == "location") files.insert(folder / entry.value());
  }
}

}  // namespace

std::vector<std::filesystem::path> FilesOfOnnx(const std::filesystem::path& file) {
  Files files = {file};
  std::ifstream stream(file, std::ios::binary);
  onnx::ModelProto model;
  if (!model.ParseFromIstream(&stream)) return {file};
  const std::filesystem::path folder = file.parent_path();
  for (const onnx::TensorProto& tensor : model.graph().initializer()) AddFileOf(tensor, folder, files);
  for (const onnx::NodeProto& node : model.graph().node()) {
    for (const onnx::AttributeProto& attribute : node.attribute()) AddFileOf(attribute.t(), folder, files);
  }
  return {files.begin(), files.end()};
}

}  // namespace coulis::models
