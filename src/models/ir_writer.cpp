#include "models/ir_writer.h"

#include <exception>
#include <memory>
#include <openvino/openvino.hpp>
#include <string>

namespace coulis::models {
namespace {

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

Result<void> ConvertOnnxToIr(const std::filesystem::path& onnx, const std::filesystem::path& xml) {
  try {
    const std::shared_ptr<ov::Model> model = ov::Core().read_model(onnx.string());
    ov::save_model(model, xml.string(), /*compress_to_fp16=*/false);
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kBadModel,
                 "OpenVINO cannot convert the ONNX model: " + FirstLine(problem.what())};
  }
  return {};
}

}  // namespace coulis::models
