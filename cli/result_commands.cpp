#include <cstdio>
#include <memory>

#include "commands.h"
#include "exit_code.h"
#include "job_options.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct ReduceCommandFlags {
  ReduceFlags reduce;
  DisplayOptions display;
};

struct ValidateFlags {
  std::string results;
  StorageOptions storage;
  bool json = false;
  DisplayOptions display;
};

int ReduceResults(ReduceCommandFlags& flags) {
  Result<ComponentChoice> components = ParseComponents(flags.reduce.components);
  if (!components) {
    PrintError(components.error().message);
    return kBadUsage;
  }
  flags.reduce.options.components = *components;
  std::optional<RunRecord> record;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<RunRecord> done = Reduce(flags.reduce.options, &progress, stop);
    if (!done) return done.error();
    record = *std::move(done);
    return kDone;
  });
  if (code != kDone || flags.display.quiet) return code;
  std::printf("pca         k = %d keeps %.1f %% of the variance of %s images\n", record->pca->k,
              100 * record->pca->explained_variance_ratio, Grouped(record->pca->fitted_rows).c_str());
  std::printf("time        %s\n", Duration(record->timing.reduce).c_str());
  std::printf("results     %s\n", OneLine(flags.reduce.options.results).c_str());
  return kDone;
}

int ValidateCommand(const ValidateFlags& flags) {
  std::vector<Check> checks;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<std::vector<Check>> done = Validate(flags.results, &progress, stop, flags.storage);
    if (!done) return done.error();
    checks = *std::move(done);
    return kDone;
  });
  if (code != kDone) return code;
  bool all_ok = true;
  for (const Check& check : checks) {
    if (check.ok) continue;
    all_ok = false;
    if (flags.display.quiet) PrintError(check.name + ": " + check.detail);
  }
  if (!flags.display.quiet) PrintChecks(checks, flags.json);
  return all_ok ? kDone : kFailed;
}

}  // namespace

void AddResultCommands(CLI::App& app, int& exit_code) {
  CLI::App* reduce = app.add_subcommand("reduce", "Standardise + PCA over the features of earlier results");
  auto reduce_flags = std::make_shared<ReduceCommandFlags>();
  reduce->add_option("RESULTS", reduce_flags->reduce.options.results, "Folder that `embed` or `run` made")
      ->required();
  AddReduceFlags(*reduce, reduce_flags->reduce, /*allow_none=*/false);
  reduce
      ->add_option("--threads", reduce_flags->reduce.options.threads,
                   "Workers that project; 0: one per usable core")
      ->type_name("N")
      ->capture_default_str();
  AddStorageFlags(*reduce, reduce_flags->reduce.options.storage);
  AddLockFlag(*reduce, reduce_flags->reduce.options.steal_lock);
  AddDisplayFlags(*reduce, reduce_flags->display);
  reduce->footer("Example:\n  coulis reduce results/ --components 64");
  reduce->callback([reduce_flags, &exit_code] { exit_code = ReduceResults(*reduce_flags); });

  CLI::App* validate =
      app.add_subcommand("validate", "Read results back and check them; exit 1 on any failure");
  auto validate_flags = std::make_shared<ValidateFlags>();
  validate->add_option("RESULTS", validate_flags->results, "Folder that `embed` or `run` made")->required();
  validate->add_flag("--json", validate_flags->json, "Print the checks as JSON");
  AddStorageFlags(*validate, validate_flags->storage);
  AddDisplayFlags(*validate, validate_flags->display);
  validate->footer("Example:\n  coulis validate results/");
  validate->callback([validate_flags, &exit_code] { exit_code = ValidateCommand(*validate_flags); });
}

}  // namespace coulis::cli
