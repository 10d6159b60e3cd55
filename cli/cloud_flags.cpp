#include "cloud_flags.h"

#include <cstdio>
#include <iostream>
#include <string>

#include "exit_code.h"
#include "stop_signal.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

/// One line on a terminal that is written anew; elsewhere a line for each thing that is done.
class CloudProgress {
 public:
  void Say(const std::string& line, bool done) {
    if (IsTerminal(STDERR_FILENO)) {
      const std::string shown = OneLine(line).substr(0, TerminalColumns(STDERR_FILENO) - 1);
      std::fprintf(stderr, "\r\x1b[K%s%s", shown.c_str(), done ? "\n" : "");
      open_ = !done;
      return;
    }
    const std::string what = line.substr(0, line.find(" ("));
    if (what != said_ || done) PrintStep(line);
    said_ = what;
  }

  /// Before anything else is printed.
  void End() {
    if (open_) std::fputs("\r\x1b[K", stderr);
    open_ = false;
  }

 private:
  std::string said_;
  bool open_ = false;
};

std::string Answer(const std::string& question) {
  std::fputs(question.c_str(), stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

}  // namespace

void AddCloudFlags(CLI::App& command, CloudOptions& options) {
  command.add_option("--region", options.region, "Region of AWS, in the EU or EEA")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--project", options.project, "First part of all names; one set of stacks for each")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--profile", options.profile, "Profile of the aws command")->type_name("NAME");
  command.add_flag("--dry-run", options.dry_run, "Print the commands, ask AWS nothing");
  command.add_option("--poll", options.poll_seconds, "Seconds between questions to AWS")
      ->check(CLI::Range(0, 3600))
      ->type_name("N")
      ->capture_default_str();
}

int RunCloud(CloudOptions& options, const std::function<Result<int>(const CloudOptions&)>& command) {
  const StopSignal signal;
  CloudProgress progress;
  options.stop = signal.token();
  // What a dry run prints is all that it does.
  if (!options.dry_run) {
    options.progress = [&](const std::string& line, bool done) { progress.Say(line, done); };
  }
  // At once, because a tunnel stays open after its last line.
  options.print = [&](const std::string& line) {
    progress.End();
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  };
  options.ask = [&](const std::string& question) {
    progress.End();
    return Answer(question);
  };
  Result<int> code = command(options);
  progress.End();
  return ExitCode(code, signal);
}

}  // namespace coulis::cli
