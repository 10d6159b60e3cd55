#include <algorithm>
#include <exception>
#include <map>
#include <openvino/frontend/manager.hpp>
#include <openvino/op/fake_quantize.hpp>
#include <openvino/op/util/op_types.hpp>
#include <openvino/pass/constant_folding.hpp>
#include <openvino/pass/manager.hpp>
#include <sstream>
#include <system_error>

#include "models/network.h"

namespace coulis::models {
namespace {

namespace fs = std::filesystem;

bool IsQuantised(const ov::Model& network) {
  const auto operations = network.get_ops();
  return std::any_of(operations.begin(), operations.end(), [](const std::shared_ptr<ov::Node>& node) {
    return ov::is_type<ov::op::v0::FakeQuantize>(node);
  });
}

// The readers of TensorFlow's formats drop some names and make up others, which change from run to run: those
// become the operation's type and its place among its like.
void NameOperations(ov::Model& network) {
  std::map<std::string, int> count;
  for (const std::shared_ptr<ov::Node>& node : network.get_ordered_ops()) {
    const std::string type = node->get_type_name();
    if (ov::op::util::is_constant(node) || ov::op::util::is_parameter(node) || ov::op::util::is_output(node))
      continue;
    const int place = ++count[type];
    if (HasMadeUpName(*node)) node->set_friendly_name(type + "_" + std::to_string(place));
  }
}

std::shared_ptr<ov::Model> Convert(const fs::path& file, const NetworkFormat& format) {
  // The reader by name: asked for any, OpenVINO tries all of them, and some print.
  const ov::frontend::FrontEnd::Ptr reader =
      ov::frontend::FrontEndManager().load_by_framework(format.frontend);
  if (reader == nullptr) throw std::runtime_error("this OpenVINO has no reader for it");
  const ov::frontend::InputModel::Ptr input =
      format.frontend == "ir" ? reader->load(file.string(), fs::path(file).replace_extension(".bin").string())
                              : reader->load(file.string());
  if (input == nullptr) throw std::runtime_error("it is damaged");
  std::shared_ptr<ov::Model> network = reader->convert(input);
  if (network->get_parameters().empty() || network->get_results().empty()) {
    throw std::runtime_error("it has no input or no output");
  }
  if (format.frontend == "tflite" || format.frontend == "tf") NameOperations(*network);
  // Shapes computed from shapes are folded: the network then compiles faster. A quantised network would lose
  // its 8-bit weights.
  if (!IsQuantised(*network)) {
    ov::pass::Manager passes;
    passes.register_pass<ov::pass::ConstantFolding>();
    passes.run_passes(network);
  }
  return network;
}

}  // namespace

// What is wrong stands in the last line of OpenVINO's messages; the others are places in its source.
std::string ReasonOf(const std::exception& problem) {
  std::istringstream lines(problem.what());
  std::string line;
  std::string last;
  while (std::getline(lines, line)) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  }
  constexpr std::size_t kLongest = 200;
  if (last.size() > kLongest) last = last.substr(0, kLongest) + "…";
  return last;
}

Result<NetworkFormat> FormatOf(const fs::path& file) {
  std::error_code problem;
  if (!fs::exists(file, problem)) return Error{ErrorCode::kNotFound, "there is no file " + file.string()};
  const std::string extension = file.extension().string();
  if (fs::is_directory(file, problem)) {
    if (fs::exists(file / "saved_model.pb", problem))
      return NetworkFormat{"tf", "TensorFlow SavedModel", true};
    return Error{ErrorCode::kBadModel, file.string() + " is not a model: the folder holds no saved_model.pb"};
  }
  if (extension == ".onnx") return NetworkFormat{"onnx", "ONNX", false};
  if (extension == ".tflite") return NetworkFormat{"tflite", "TensorFlow Lite", true};
  if (extension == ".xml") {
    if (!fs::exists(fs::path(file).replace_extension(".bin"), problem)) {
      return Error{ErrorCode::kNotFound,
                   "the constants of " + file.string() + " are missing: a .bin file beside it"};
    }
    return NetworkFormat{"ir", "OpenVINO IR", false};
  }
  return Error{ErrorCode::kBadModel,
               file.string() +
                   " is not a model that can be imported: it takes .onnx, .xml (OpenVINO IR), "
                   ".tflite or the folder of a SavedModel"};
}

Result<std::shared_ptr<ov::Model>> ReadNetwork(const fs::path& file, const NetworkFormat& format) try {
  return Convert(file, format);
} catch (const std::exception& problem) {
  return Error{ErrorCode::kBadModel,
               file.string() + " cannot be read as " + format.name + " (" + ReasonOf(problem) + ")"};
}

}  // namespace coulis::models
