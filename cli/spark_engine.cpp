#include "spark_engine.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "exit_code.h"
#include "spark_jar.h"
#include "stop_signal.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMainClass = "coulis.spark.Main";
constexpr int kMostExecutors = 100'000;
constexpr int kMostCores = 1024;
constexpr const char* kNoSpark =
    "there is no Spark here: set SPARK_HOME, put spark-submit on the PATH, or pip install pyspark";
constexpr const char* kNoJar =
    "there is no coulis-spark.jar: set COULIS_JAR to it, or put it beside this program";
constexpr const char* kWhereIsPySpark =
    "python3 -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))' 2>/dev/null";

// Flags that spark-submit understands; what is empty is left to its own defaults.
struct SparkFlags {
  std::string engine;
  std::string master;
  int executors = 0;
  int executor_cores = 0;
  std::string executor_memory;
  std::string driver_memory;
  std::vector<std::string> settings;
  std::vector<std::string> arguments;
};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool IsProgram(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

// The Spark of a Python package; empty where there is none.
std::string PySparkHome() {
  // NOLINTNEXTLINE(bugprone-command-processor): the command is a constant, and the PATH is to be searched
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(kWhereIsPySpark, "r"), &::pclose);
  std::array<char, 4096> line{};
  if (!output || std::fgets(line.data(), line.size(), output.get()) == nullptr) return "";
  std::string home = line.data();
  while (home.ends_with('\n')) home.pop_back();
  return home;
}

// $SPARK_HOME, the PATH, the package pyspark of python3; empty where there is no Spark.
std::string FindSparkSubmit() {
  const std::string home = Environment("SPARK_HOME");
  if (!home.empty()) return IsProgram(home + "/bin/spark-submit") ? home + "/bin/spark-submit" : "";
  std::istringstream folders(Environment("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (IsProgram(fs::path(folder) / "spark-submit")) return fs::path(folder) / "spark-submit";
  }
  const std::string packaged = PySparkHome() + "/bin/spark-submit";
  return IsProgram(packaged) ? packaged : "";
}

void AddFlags(CLI::App& app, SparkFlags& flags) {
  app.add_option("--engine", flags.engine);
  app.add_option("--master", flags.master);
  app.add_option("--executors", flags.executors)->check(CLI::Range(1, kMostExecutors));
  app.add_option("--executor-cores", flags.executor_cores)->check(CLI::Range(1, kMostCores));
  app.add_option("--executor-memory", flags.executor_memory);
  app.add_option("--driver-memory", flags.driver_memory);
  app.add_option("--spark-conf", flags.settings)->allow_extra_args(false);
  app.add_option("--spark-arg", flags.arguments)->allow_extra_args(false);
  app.allow_extras();
}

// What Spark itself would say with a stack trace.
bool IsMaster(const std::string& master) {
  return master == "yarn" || master.starts_with("local") || master.starts_with("spark://") ||
         master.starts_with("k8s://");
}

// What is missing; empty when both are there.
std::string Missing(const std::string& submit, const std::string& jar) {
  const std::string home = Environment("SPARK_HOME");
  const std::string named = Environment("COULIS_JAR");
  if (submit.empty())
    return home.empty() ? kNoSpark : "SPARK_HOME is " + home + ", which has no bin/spark-submit";
  if (jar.empty()) return named.empty() ? kNoJar : "COULIS_JAR is " + named + ", which is no file";
  return "";
}

std::vector<std::string> Command(const std::string& submit, const std::string& jar, const SparkFlags& flags,
                                 const std::vector<std::string>& job) {
  std::vector<std::string> command = {submit};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) command.insert(command.end(), {name, value});
  };
  add("--master", flags.master);
  add("--driver-memory", flags.driver_memory);
  add("--executor-memory", flags.executor_memory);
  if (flags.executor_cores > 0) add("--executor-cores", std::to_string(flags.executor_cores));
  if (flags.executors > 0) {
    add("--conf", "spark.executor.instances=" + std::to_string(flags.executors));
    // A standalone cluster counts cores.
    const int cores = flags.executors * std::max(1, flags.executor_cores);
    if (flags.master.starts_with("spark://")) add("--conf", "spark.cores.max=" + std::to_string(cores));
  }
  for (const std::string& setting : flags.settings) add("--conf", setting);
  command.insert(command.end(), flags.arguments.begin(), flags.arguments.end());
  command.insert(command.end(), {"--class", kMainClass, jar});
  command.insert(command.end(), job.begin(), job.end());
  return command;
}

// Starts it with signals as they were before ours were blocked. The error of the system, 0 when it runs.
int Start(std::vector<std::string>& command, pid_t& process) {
  std::vector<char*> pointers;
  for (std::string& part : command) pointers.push_back(part.data());
  pointers.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int problem = ::posix_spawn(&process, pointers[0], nullptr, &attributes, pointers.data(), ::environ);
  ::posix_spawnattr_destroy(&attributes);
  return problem;
}

int Wait(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return kFailed;
  }
  return WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
}

int Execute(std::vector<std::string> command) {
  const StopSignal signal;
  pid_t process = 0;
  if (const int problem = Start(command, process); problem != 0) {
    PrintError("cannot start " + command.front() + ": " + std::strerror(problem));
    return kFailed;
  }
  const std::stop_callback forward(signal.token(), [&] { ::kill(process, signal.received()); });
  return Wait(process);
}

}  // namespace

bool WantsSpark(std::span<char* const> arguments) {
  if (arguments.size() < 3 || std::string_view(arguments[1]) != "run") return false;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") break;
    if (argument == "--help" || argument == "-h") return false;
  }
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") break;
    if (argument == "--engine=spark") return true;
    if (argument == "--engine" && i + 1 < arguments.size())
      return std::string_view(arguments[i + 1]) == "spark";
  }
  return false;
}

int RunOnSpark(std::span<char* const> arguments) {
  SparkFlags flags;
  CLI::App app{"", "coulis run --engine spark"};
  AddFlags(app, flags);
  app.set_help_flag();
  // What follows "--" are inputs, whatever they are called.
  const auto end = std::find(arguments.begin() + 2, arguments.end(), std::string_view("--"));
  std::vector<std::string> job;
  try {
    std::vector<std::string> options(arguments.begin() + 2, end);
    std::reverse(options.begin(), options.end());
    app.parse(std::move(options));
    job = app.remaining();
  } catch (const CLI::ParseError& problem) {
    PrintError(problem.what());
    return kBadUsage;
  }
  job.insert(job.end(), end, arguments.end());
  if (!flags.master.empty() && !IsMaster(flags.master)) {
    PrintError("--master takes local[N], spark://HOST:PORT, yarn or k8s://URL; not \"" + flags.master + '"');
    return kBadUsage;
  }
  const std::string submit = FindSparkSubmit();
  const std::string jar = FindSparkJar();
  if (const std::string missing = Missing(submit, jar); !missing.empty()) {
    PrintError(missing);
    return kFailed;
  }
  return Execute(Command(submit, jar, flags, job));
}

}  // namespace coulis::cli
