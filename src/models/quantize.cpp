#include "models/quantize.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/subprocess.h"
#include "description/description.h"
#include "models/embedded_text.h"
#include "models/model_folder.h"
#include "models/network.h"
#include "models/python_environment.h"
#include "models/sha256.h"

namespace coulis::models {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json Request(const Int8Input& input, const fs::path& folder) {
  const ModelDescription& description = input.model.description;
  return {{"network", (input.model.folder / description.network).string()},
          {"images", input.images.string()},
          {"layout", description.layout},
          {"takes_u8", description.takes_u8},
          {"mean", description.mean},
          {"scale", description.scale},
          {"cosine", input.cosine},
          {"out", (folder / kNetworkFile).string()},
          {"result", (folder / "result.json").string()}};
}

// Runs the script in `work`; its answer.
Result<Json> RunScript(const Int8Input& input, const fs::path& python, const fs::path& folder,
                       const fs::path& work) {
  const fs::path script = work / "quantize.py";
  const fs::path request = work / "request.json";
  const fs::path log = work / "quantize.log";
  if (Result<void> written = WriteTextFile(script, kQuantizeScript); !written) return written.error();
  const std::string text = Request(input, folder).dump(2);
  if (Result<void> written = WriteTextFile(request, text); !written) return written.error();
  const Result<int> status =
      RunProgram({python.string(), "-I", script.string(), request.string()}, log, input.report, input.stop);
  if (!status) return status.error();
  if (*status != 0) {
    return Error{ErrorCode::kBadModel, "the quantiser failed (" + LastError(log) + ")"};
  }
  std::ifstream file(folder / "result.json");
  Json answer = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (answer.is_object()) return answer;
  return Error{ErrorCode::kInternal, "the quantiser gave no result"};
}

// Of the two files, as sha256sum prints them: a network that differs in either is another one.
Result<void> Identify(ModelDescription& description, const fs::path& folder) {
  description.network = kNetworkFile;
  description.files.clear();
  for (const char* file : {kConstantsFile, kNetworkFile}) {
    const Result<std::string> sha256 = Sha256OfFile(folder / file);
    if (!sha256) return sha256.error();
    description.files[file] = *sha256;
  }
  const Result<std::string> sha256 = Sha256OfListing({description.files.begin(), description.files.end()});
  if (!sha256) return sha256.error();
  description.sha256 = *sha256;
  return {};
}

}  // namespace

Result<void> CheckQuantizable(const Model& model) {
  const NetworkFormat format{
      .frontend = "ir", .name = "OpenVINO IR", .channels_last = model.description.layout == "NHWC"};
  const Result<std::shared_ptr<ov::Model>> network =
      ReadNetwork(model.folder / model.description.network, format);
  if (!network) return network.error();
  const auto operations = (*network)->get_ops();
  const auto is = [&](const char* type) {
    return std::any_of(operations.begin(), operations.end(), [&](const auto& operation) {
      return type == std::string(operation->get_type_name());
    });
  };
  const std::string& name = model.description.name;
  if (is("FakeQuantize") || model.description.arithmetic == "exact") {
    return Error{ErrorCode::kInvalidArgument,
                 "model " + name + " is int8 already: it runs so without --precision"};
  }
  if (is("Convolution") || is("MatMul")) return {};
  return Error{ErrorCode::kInvalidArgument,
               "model " + name + " has neither convolutions nor matrix products to quantise"};
}

Result<Int8Network> MakeInt8(const Int8Input& input, const fs::path& folder) {
  const Result<fs::path> python = QuantizerPython(input.cache, input.report, input.stop);
  if (!python) return python.error();
  const Result<Json> answer = RunScript(input, *python, folder, input.images.parent_path());
  if (!answer) return answer.error();
  ModelDescription description = input.model.description;
  description.quantized_from = description.sha256;
  if (Result<void> identified = Identify(description, folder); !identified) return identified.error();
  if (Result<void> written = WriteTextFile(folder / kDescriptionFile, WriteDescription(description));
      !written) {
    return written.error();
  }
  std::error_code ignored;
  fs::remove(folder / "result.json", ignored);
  return Int8Network{{.description = std::move(description), .folder = folder},
                     answer->value("kept_in_f32", std::vector<std::string>())};
}

}  // namespace coulis::models
