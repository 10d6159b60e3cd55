#include "cloud/step_log.h"

#include <filesystem>
#include <system_error>

#include "base/path_text.h"
#include "base/subprocess.h"

namespace coulis::cloud {
namespace fs = std::filesystem;
namespace {

constexpr int kMostPauses = 30;

// The driver is the application's first container.
std::string DriverError(const Aws& aws, const std::string& containers) {
  const fs::path folder = aws.folder() / "containers";
  const Result<std::string> copied =
      aws.Run({"s3", "cp", "--only-show-errors", "--recursive", containers, folder.string(), "--exclude", "*",
               "--include", "*_000001/stderr.gz"});
  std::error_code ignored;
  if (!copied || !fs::is_directory(folder, ignored)) return "";
  std::string error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored) && error.empty()) error = ErrorIn(Unzipped(aws, entry.path()));
  }
  return error;
}

}  // namespace

std::string ErrorIn(const std::string& said) {
  const std::string beginning = "coulis: error: ";
  const std::size_t at = said.rfind(beginning);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + beginning.size();
  return PathText(said.substr(begin, said.find('\n', begin) - begin));
}

std::string ApplicationIn(const std::string& said) {
  const std::size_t begin = said.find("application_");
  if (begin == std::string::npos) return "";
  const std::size_t end = said.find_first_not_of("0123456789_", begin + sizeof("application_") - 1);
  return said.substr(begin, end - begin);
}

std::string Unzipped(const Aws& aws, const fs::path& file) {
  std::string text;
  const Result<int> status = RunProgram(
      {"gzip", "-dc", file.string()}, aws.folder() / "gzip.log",
      [&](const std::string& line) { text += line + "\n"; }, aws.options().stop);
  return status && *status == 0 ? text : "";
}

std::string UnzippedObject(const Aws& aws, const std::string& uri) {
  const fs::path file = aws.folder() / "log.gz";
  std::error_code ignored;
  fs::remove(file, ignored);
  const Result<std::string> copied = aws.Run({"s3", "cp", "--only-show-errors", uri, file.string()});
  return copied ? Unzipped(aws, file) : "";
}

Result<StepLog> WaitForStepLog(Aws& aws, const std::string& bucket, const std::string& cluster,
                               const std::string& step) {
  const std::string logs = "s3://" + bucket + "/logs/" + cluster;
  std::string of_step = logs;
  of_step.append("/steps/").append(step).append("/stderr.gz");
  StepLog log;
  for (int pause = 0; log.spark.empty() && pause < kMostPauses; ++pause) {
    log.spark = UnzippedObject(aws, of_step);
    if (!log.spark.empty()) break;
    aws.options().progress("step " + step + ": failed; waiting for its log", false);
    if (Result<void> waited = aws.Pause(); !waited) return waited.error();
  }
  if (const std::string application = ApplicationIn(log.spark); !application.empty()) {
    log.error = DriverError(aws, logs + "/containers/" + application);
  }
  return log;
}

}  // namespace coulis::cloud
