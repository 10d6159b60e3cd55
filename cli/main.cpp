#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <span>
#include <string>

#include "commands.h"
#include "coulis/version.h"
#include "exit_code.h"
#include "spark_engine.h"
#include "terminal.h"

namespace {

constexpr const char* kFooter = R"(Examples:
  coulis run photos/ --out results/            features, PCA and a check of both
  coulis run photos/ --out results/ --resume   go on after an interruption
  coulis embed photos/ --out results/          features only
  coulis models list                           what can be used with --model

Exit codes: 0 done; 1 the job failed; 2 bad usage; 3 done, but more than --max-bad of the images
could not be used; 130 stopped by Ctrl-C.
Environment: COULIS_MODELS, XDG_DATA_HOME (models), XDG_CACHE_HOME (compiled models), NO_COLOR.)";

// "coulis models pull": the command that was meant, as far as it was understood.
std::string CommandLine(const CLI::App& command) {
  const std::vector<CLI::App*> called = command.get_subcommands();
  return command.get_name() + (called.empty() ? "" : " " + CommandLine(*called.front()));
}

// What was not understood tells more than what is missing because of it.
std::string Problem(const CLI::App& app, const CLI::ParseError& problem) {
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (unknown.empty() || unknown.front() == "--") return problem.what();
  const std::string& first = unknown.front();
  return first.starts_with('-') ? "there is no option " + first : "unexpected argument \"" + first + "\"";
}

// A stream that the caller closed leads nowhere: else the next file to be opened would take its place and get
// what is printed there. `open` gives the lowest number that is free.
void OpenClosedStreams() {
  int stream = 0;
  do {
    stream = ::open("/dev/null", O_RDWR);
  } while (stream >= 0 && stream <= STDERR_FILENO);
  if (stream >= 0) ::close(stream);
}

// False, with an error printed, when standard output did not take everything.
bool FlushOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  coulis::cli::PrintError(std::string("cannot write to standard output: ") + std::strerror(errno));
  return false;
}

int Run(int argc, char** argv) {
  using namespace coulis::cli;  // NOLINT(google-build-using-namespace)
  OpenClosedStreams();
  CLI::App app{
      "Turns folders of images into compact vectors: decode, MobileNetV2 features, standardise, PCA, "
      "Parquet.",
      "coulis"};
  app.footer(kFooter);
  app.set_version_flag("--version", "coulis " + std::string(coulis::Version()));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  int exit_code = kDone;
  AddRunCommands(app, exit_code);
  AddResultCommands(app, exit_code);
  AddPackCommand(app, exit_code);
  AddModelsCommand(app, exit_code);
  AddSynthCommand(app, exit_code);
  AddBenchCommand(app, exit_code);
  AddDoctorCommand(app, exit_code);
  AddForgetCommand(app, exit_code);
  AddStripCommand(app, exit_code);
  AddCloudCommand(app, exit_code);

  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  if (WantsSpark(arguments)) return RunOnSpark(arguments);
  if (argc == 1) {
    std::fputs(app.help().c_str(), stderr);
    return kBadUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return app.exit(problem);  // --help, --version
    PrintError(Problem(app, problem) + " (see " + CommandLine(app) + " --help)");
    return kBadUsage;
  }
  return FlushOutput() ? exit_code : kFailed;
}

}  // namespace

// Only memory that has run out, or a mistake of ours, ends here: still in one line.
int main(int argc, char** argv) {
  // Where Arrow logs what it tries again; we say ourselves what there is to say, on stderr.
  std::cerr.setstate(std::ios::badbit);
  try {
    return Run(argc, argv);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "coulis: error: %s\n", problem.what());
    return coulis::cli::kFailed;
  }
}
