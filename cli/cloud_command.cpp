#include <memory>

#include "cloud_flags.h"
#include "cloud_up_flags.h"
#include "commands.h"
#include "exit_code.h"

namespace coulis::cli {
namespace {

// A command without an exit code of its own.
Result<int> Done(const Result<void>& done) {
  if (!done) return done.error();
  return kDone;
}

template <typename Options>
struct Flags {
  CloudOptions cloud;
  Options options = {};
};

void AddTemplate(CLI::App& cloud, int& exit_code) {
  CLI::App* command =
      cloud.add_subcommand("template", "Write the stacks, scripts and settings, to read or change them");
  auto flags = std::make_shared<Flags<std::filesystem::path>>();
  command->add_option("-o,--out", flags->options, "Folder to write")->required()->type_name("DIR");
  command->add_flag("--dry-run", flags->cloud.dry_run, "Name the folder, write nothing");
  command->footer("Example:\n  coulis cloud template --out coulis-aws");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(flags->cloud, [&](const CloudOptions& options) {
      Result<void> written = options.dry_run ? Result<void>() : WriteCloudTemplates(flags->options);
      if (written) options.print("stacks   " + flags->options.string());
      return Done(written);
    });
  });
}

void AddUp(CLI::App& cloud, int& exit_code) {
  CLI::App* command =
      cloud.add_subcommand("up", "Make what is missing on AWS, change what differs; may be repeated");
  auto flags = std::make_shared<Flags<CloudUpFlags>>();
  AddCloudFlags(*command, flags->cloud);
  AddCloudJobFlags(*command, flags->options);
  AddCloudNotebookFlags(*command, flags->options);
  command->add_flag("!--serverless", flags->options.up.cluster,
                    "No cluster, but an application of EMR Serverless");
  command->footer("What is not given stays as it is.\nExample:\n  coulis cloud up --dry-run");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(flags->cloud, [&](const CloudOptions& options) -> Result<int> {
      const Result<CloudUpOptions> up = UpOptionsOf(flags->options);
      if (!up) return up.error();
      return Done(CloudUp(options, *up));
    });
  });
}

void AddSubmit(CLI::App& cloud, int& exit_code) {
  CLI::App* command = cloud.add_subcommand("submit", "Run a job and follow it to its end");
  auto flags = std::make_shared<Flags<CloudSubmitOptions>>();
  CloudSubmitOptions& submit = flags->options;
  AddCloudFlags(*command, flags->cloud);
  command->add_option("--class", submit.main_class, "Main class in the jar")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_flag("--serverless", submit.serverless, "On EMR Serverless, not on the cluster");
  command->add_option("--name", submit.name, "Of the step or job")->type_name("NAME")->capture_default_str();
  command->add_flag("!--no-follow", submit.follow, "Do not wait for its end");
  command->add_option("ARGUMENT", submit.arguments, "Of the job, after --");
  command->footer(
      "Example:\n  coulis cloud submit --dry-run -- s3a://fruits/images --out s3a://fruits/results/run-1\n"
      "Exit codes: 0 done; 1 the job failed; 3 done, but too many images could not be used.");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(flags->cloud,
                         [&](const CloudOptions& options) { return CloudSubmit(options, flags->options); });
  });
}

void AddStatus(CLI::App& cloud, int& exit_code) {
  CLI::App* command = cloud.add_subcommand("status", "Stacks, cluster, nodes, steps, and the cost so far");
  auto flags = std::make_shared<Flags<int>>();
  AddCloudFlags(*command, flags->cloud);
  command->footer("Example:\n  coulis cloud status --dry-run");
  command->callback([flags, &exit_code] {
    exit_code =
        RunCloud(flags->cloud, [](const CloudOptions& options) { return Done(CloudStatus(options)); });
  });
}

void AddLogs(CLI::App& cloud, int& exit_code) {
  CLI::App* command =
      cloud.add_subcommand("logs", "Copy the logs of the cluster, or of one step or job, to this machine");
  auto flags = std::make_shared<Flags<CloudLogsOptions>>();
  AddCloudFlags(*command, flags->cloud);
  command->add_option("--step", flags->options.step, "Of this step or job alone")->type_name("ID");
  command->add_option("-o,--out", flags->options.folder, "Folder to write")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_flag("--serverless", flags->options.serverless, "Of EMR Serverless, not of the cluster");
  command->footer("Example:\n  coulis cloud logs --dry-run");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(
        flags->cloud, [&](const CloudOptions& options) { return Done(CloudLogs(options, flags->options)); });
  });
}

void AddTunnel(CLI::App& cloud, int& exit_code) {
  CLI::App* command =
      cloud.add_subcommand("tunnel", "Hold a way open to JupyterHub, Spark's history and YARN");
  auto flags = std::make_shared<Flags<CloudTunnelOptions>>();
  CloudTunnelOptions& tunnel = flags->options;
  AddCloudFlags(*command, flags->cloud);
  command->add_option("--key", tunnel.key, "Private key for SSH")->type_name("FILE");
  command->add_option("--port", tunnel.port, "On this machine")->type_name("N")->capture_default_str();
  command->add_option("--pac", tunnel.pac, "PAC file to write, for FoxyProxy")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--forward", tunnel.forward,
                   "Forward one page by Session Manager, without SSH: jupyterhub, history or yarn")
      ->type_name("PAGE");
  command->add_option("--host", tunnel.host, "Reach this host directly, not by Session Manager")
      ->type_name("NAME");
  command->add_option("--ssh-port", tunnel.ssh_port, "Of that host")->type_name("N")->capture_default_str();
  command->add_option("--known-hosts", tunnel.known_hosts, "Of SSH, for that host")->type_name("FILE");
  command->add_option("--user", tunnel.user, "For SSH")->type_name("NAME")->capture_default_str();
  command->footer(
      "Examples:\n  coulis cloud tunnel --dry-run\n  coulis cloud tunnel --forward jupyterhub --port 9443 "
      "--dry-run");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(flags->cloud, [&](const CloudOptions& options) {
      return Done(CloudTunnel(options, flags->options));
    });
  });
}

void AddDown(CLI::App& cloud, int& exit_code) {
  CLI::App* command = cloud.add_subcommand("down", "Delete everything but the data, and say what is left");
  auto flags = std::make_shared<Flags<bool>>();
  AddCloudFlags(*command, flags->cloud);
  command->add_flag("--delete-data", flags->options, "The bucket and all in it too; asks twice");
  command->footer("Example:\n  coulis cloud down --dry-run");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(
        flags->cloud, [&](const CloudOptions& options) { return Done(CloudDown(options, flags->options)); });
  });
}

}  // namespace

void AddCloudCommand(CLI::App& app, int& exit_code) {
  CLI::App* cloud = app.add_subcommand("cloud", "Coulis on AWS: its cost, and all from nothing to results");
  cloud->require_subcommand(1);
  AddCloudCostCommand(*cloud, exit_code);
  AddCloudPricesCommand(*cloud, exit_code);
  AddCloudRunCommand(*cloud, exit_code);
  AddTemplate(*cloud, exit_code);
  AddUp(*cloud, exit_code);
  AddSubmit(*cloud, exit_code);
  AddStatus(*cloud, exit_code);
  AddLogs(*cloud, exit_code);
  AddTunnel(*cloud, exit_code);
  AddDown(*cloud, exit_code);
  cloud->footer("Example:\n  coulis cloud cost");
}

}  // namespace coulis::cli
