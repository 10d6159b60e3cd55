#include "models/ir_writer.h"

#include <exception>
#include <memory>
#include <openvino/frontend/manager.hpp>
#include <openvino/openvino.hpp>
#include <openvino/pass/constant_folding.hpp>
#include <openvino/pass/manager.hpp>
#include <string>

namespace coulis::models {
namespace {

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Result<std::shared_ptr<ov::Model>> ReadOnnx(const std::filesystem::path& onnx) try {
  // The ONNX reader by name: asked for any, OpenVINO tries its other readers too, and some of them print.
  const ov::frontend::FrontEnd::Ptr reader = ov::frontend::FrontEndManager().load_by_framework("onnx");
  std::shared_ptr<ov::Model> model = reader->convert(reader->load(onnx.string()));
  if (model->inputs().size() != 1 || model->outputs().empty()) {
    return Error{ErrorCode::kBadModel, "the ONNX model has not one input and an output"};
  }
  // The importer leaves shapes to be computed from shapes; folded, the network compiles in 2/3 of the time.
  ov::pass::Manager passes;
  passes.register_pass<ov::pass::ConstantFolding>();
  passes.run_passes(model);
  return model;
} catch (const std::exception& problem) {
  return Error{ErrorCode::kBadModel, "OpenVINO cannot convert the ONNX model: " + FirstLine(problem.what())};
}

}  // namespace

Result<void> WriteIr(const std::shared_ptr<ov::Model>& model, const std::filesystem::path& xml) try {
  ov::save_model(model, xml.string(), /*compress_to_fp16=*/false);
  ov::Core().read_model(xml.string());  // Saving does not always notice a full disk.
  return {};
} catch (const std::exception& problem) {
  return Error{ErrorCode::kIo,
               "cannot write " + xml.string() + ": is the disk full? (" + FirstLine(problem.what()) + ")"};
}

Result<void> ConvertOnnxToIr(const std::filesystem::path& onnx, const std::filesystem::path& xml) {
  const Result<std::shared_ptr<ov::Model>> model = ReadOnnx(onnx);
  if (!model) return model.error();
  return WriteIr(*model, xml);
}

}  // namespace coulis::models
