#include <memory>

#include "cloud_flags.h"
#include "cloud_up_flags.h"
#include "coulis/pipeline.h"
#include "exit_code.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

// A project of its own, so that what it deletes in the end is what it made.
constexpr const char* kProject = "coulis-run";

struct RunFlags {
  CloudOptions cloud;
  CloudUpFlags up;
  CloudRunOptions run;
};

// A job's own code counts only where its results are whole here.
Result<int> Validated(const CloudRunOptions& run, int code, const std::stop_token& stop) {
  const Result<std::vector<Check>> checks = Validate(run.out.string(), nullptr, stop, {});
  if (!checks) return checks.error();
  return PrintChecks(*checks, /*json=*/false) ? code : kFailed;
}

void AddFlags(CLI::App& command, RunFlags& flags) {
  CloudRunOptions& run = flags.run;
  command.add_option("INPUT", run.input, "Folder of images on this machine, folders as labels")->required();
  command.add_option("-o,--out", run.out, "Folder for the results, on this machine")
      ->required()
      ->type_name("DIR");
  command.add_option("ARGUMENT", run.arguments, "More options of the job, after --");
  command.add_option("--name", run.name, "Of the job, and of its folders in the bucket")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_flag("--cluster", flags.up.up.cluster, "On a cluster of EMR, not on EMR Serverless");
  command.add_flag("--yes", run.confirmed, "Do not ask whether the price is right");
  command.add_flag("--keep", run.keep, "Delete nothing in the end");
  AddCloudFlags(command, flags.cloud);
  AddCloudJobFlags(command, flags.up);
}

}  // namespace

void AddCloudRunCommand(CLI::App& cloud, int& exit_code) {
  CLI::App* command =
      cloud.add_subcommand("run", "All of it: from a folder here to results here, the price first");
  auto flags = std::make_shared<RunFlags>();
  flags->cloud.project = kProject;
  flags->up.up.cluster = false;
  AddFlags(*command, *flags);
  command->footer(
      "Says what it will cost and asks; makes what is missing (as `coulis cloud up`), brings the images, "
      "runs\n"
      "the job, fetches and checks the results, and deletes everything of the project but its bucket. May "
      "be\n"
      "repeated after an interruption.\n"
      "Examples:\n"
      "  coulis cloud run photos/ --out vectors/ --dry-run\n"
      "  coulis cloud run photos/ --out vectors/ --cluster --nodes 5 --dry-run -- --components 100\n"
      "Exit codes: 0 done; 1 failed, and nothing was deleted; 3 done, but too many images could not be "
      "used.");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(flags->cloud, [&](const CloudOptions& options) -> Result<int> {
      const Result<CloudUpOptions> up = UpOptionsOf(flags->up);
      if (!up) return up.error();
      flags->run.up = *up;
      Result<int> code = CloudRun(options, flags->run);
      if (!code || options.dry_run) return code;
      return Validated(flags->run, *code, options.stop);
    });
  });
}

}  // namespace coulis::cli
