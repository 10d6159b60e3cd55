#include "show_model.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "coulis/model.h"
#include "exit_code.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

using Json = nlohmann::ordered_json;

// A multiply-add is two floating-point operations.
double Gigaflop(const ModelDetails& details) {
  return 2e-9 * static_cast<double>(details.multiply_adds);
}

std::string ShapeText(const TensorInfo& tensor) {
  std::string text;
  for (const std::int64_t extent : tensor.shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return tensor.type + "[" + text + "]";
}

std::string NamesText(const TensorInfo& tensor) {
  std::string text = tensor.name;
  for (const std::string& alias : tensor.aliases) text += ", " + alias;
  return text;
}

Json ToJson(const TensorInfo& tensor) {
  Json json = {
      {"name", tensor.name}, {"operation", tensor.operation}, {"type", tensor.type}, {"shape", tensor.shape}};
  if (!tensor.aliases.empty()) json["aliases"] = tensor.aliases;
  if (tensor.features > 0) json["features"] = tensor.features;
  return json;
}

Json ToJson(const std::vector<TensorInfo>& tensors) {
  Json list = Json::array();
  for (const TensorInfo& tensor : tensors) list.push_back(ToJson(tensor));
  return list;
}

void PrintJson(const ModelDetails& details) {
  const ModelDescription& model = details.model.description;
  const Json json = {{"name", model.name},
                     {"licence", model.licence},
                     {"source", model.source},
                     {"sha256", model.sha256},
                     {"folder", details.model.folder.string()},
                     {"int8", details.int8 ? Json(details.int8->description.sha256) : Json(nullptr)},
                     {"layout", model.layout},
                     {"preprocessing", PreprocessingText(model)},
                     {"arithmetic", model.arithmetic},
                     {"layer", model.layer},
                     {"feature_length", model.feature_length},
                     {"gflop", Gigaflop(details)},
                     {"inputs", Json::array({ToJson(details.input)})},
                     {"outputs", ToJson(details.outputs)},
                     {"layers", ToJson(details.layers)}};
  std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

void PrintText(const ModelDetails& details) {
  const ModelDescription& model = details.model.description;
  const auto line = [](const char* what, const std::string& text) {
    std::printf("%-14s %s\n", what, OneLine(text).c_str());
  };
  char work[64];
  std::snprintf(work, sizeof(work), "%.3f GFLOP an image (2 a multiply-add)", Gigaflop(details));
  line("name", model.name);
  line("source", model.source);
  line("licence", model.licence);
  line("sha256", model.sha256);
  line("input", details.input.name + " " + ShapeText(details.input) + ", " + model.layout);
  line("preprocessing", PreprocessingText(model));
  if (!model.arithmetic.empty()) line("arithmetic", std::string(ArithmeticText(model)));
  for (const TensorInfo& output : details.outputs) line("output", output.name + " " + ShapeText(output));
  line("features",
       std::to_string(model.feature_length) + (model.layer.empty() ? "" : " of layer " + model.layer));
  line("work", work);
  line("int8", details.int8 ? "sha256 " + details.int8->description.sha256 + ", see int8/report.json"
                            : "none; made by: coulis models quantize " + model.name + " --data DIR");
  std::printf("\n");
  std::vector<std::vector<std::string>> rows = {{"LAYER", "FEATURES", "SHAPE", "OPERATION"}};
  for (const TensorInfo& layer : details.layers) {
    rows.push_back({NamesText(layer), std::to_string(layer.features), ShapeText(layer), layer.operation});
  }
  PrintTable(rows);
}

int Show(const std::string& name, bool json) {
  const Result<ModelDetails> details = DescribeModel(name);
  if (!details) {
    PrintError(details.error().message);
    return ExitCode(details.error());
  }
  if (json) {
    PrintJson(*details);
  } else {
    PrintText(*details);
  }
  return kDone;
}

}  // namespace

void AddShowModel(CLI::App& models, int& exit_code) {
  CLI::App* show =
      models.add_subcommand("show", "What a model takes and gives, and its layers that give features");
  auto name = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  show->add_option("NAME", *name, "Name of an installed model, or the folder of one")->required();
  show->add_flag("--json", *json, "Print as JSON");
  show->footer("Example:\n  coulis models show mobilenet_v2");
  show->callback([name, json, &exit_code] { exit_code = Show(*name, *json); });
}

}  // namespace coulis::cli
