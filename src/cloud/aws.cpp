#include "cloud/aws.h"

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/path_text.h"
#include "base/subprocess.h"
#include "base/system_error.h"
#include "cloud/aws_errors.h"

namespace coulis::cloud {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

// Whether one of the variables begins at `at`.
bool VariableAt(const std::string& word, std::size_t at, const std::set<std::string>& variables) {
  return std::any_of(variables.begin(), variables.end(), [&](const std::string& name) {
    const std::string text = "${" + name + "}";
    return word.compare(at, text.size(), text) == 0;
  });
}

bool HoldsVariable(const std::string& word, const std::set<std::string>& variables) {
  for (std::size_t at = word.find('$'); at != std::string::npos; at = word.find('$', at + 1)) {
    if (VariableAt(word, at, variables)) return true;
  }
  return false;
}

// As the shell reads it, but for our variables, which it is to fill in.
std::string InDoubleQuotes(const std::string& word, const std::set<std::string>& variables) {
  std::string quoted = "\"";
  for (std::size_t at = 0; at < word.size(); ++at) {
    const char c = word[at];
    if (c == '"' || c == '\\' || c == '`' || (c == '$' && !VariableAt(word, at, variables))) quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string InSingleQuotes(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + '\'';
}

std::string ReadText(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

std::string ShellLine(const Words& words, const std::set<std::string>& variables) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (HoldsVariable(word, variables)) {
      line += InDoubleQuotes(word, variables);
    } else if (!word.empty() && word.find_first_not_of(kSafe) == std::string::npos) {
      line += word;
    } else {
      line += InSingleQuotes(word);
    }
  }
  return line;
}

Aws::Aws(const CloudOptions& options) : options_(options) {
  std::error_code ignored;
  std::string made = (fs::temp_directory_path(ignored) / "coulis-cloud.XXXXXX").string();
  if (mkdtemp(made.data()) != nullptr) folder_ = made;
}

Aws::~Aws() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Words Aws::WithRegion(Words words) const {
  words.insert(words.begin(), "aws");
  words.insert(words.end(), {"--region", options_.region});
  if (!options_.profile.empty()) words.insert(words.end(), {"--profile", options_.profile});
  return words;
}

fs::path Aws::NewLog() const {
  static std::atomic<int> number = 0;
  return folder_ / ("log" + std::to_string(++number));
}

Result<void> Aws::RunLines(const Words& words, const std::function<void(const std::string&)>& on_line) const {
  const Words command = WithRegion(words);
  if (dry()) {
    options_.print(ShellLine(command, variables_));
    return {};
  }
  if (folder_.empty()) return Error{ErrorCode::kIo, "cannot make a temporary folder: set TMPDIR to one"};
  const fs::path log = NewLog();
  const Result<int> status = RunProgram(command, log, on_line, options_.stop);
  if (!status) return status.error().code == ErrorCode::kNotFound ? NoAwsCommand() : status.error();
  if (*status != 0) return ExplainFailure(ReadText(log), options_);
  return {};
}

Result<std::string> Aws::Run(const Words& words) const {
  std::string output;
  Result<void> done = RunLines(words, [&](const std::string& line) { output += line + "\n"; });
  if (!done) return done.error();
  return output;
}

Result<void> Aws::Transfer(const Words& words, const std::string& doing) const {
  std::int64_t files = 0;
  if (!dry()) options_.progress(doing, false);
  Result<void> done = RunLines(words, [&](const std::string&) {
    options_.progress(doing + " (" + std::to_string(++files) + " files)", false);
  });
  if (done && !dry()) options_.progress(doing + ": " + std::to_string(files) + " files copied", true);
  return done;
}

Result<std::string> Aws::Ask(const std::string& name, const Words& words, const std::string& query) {
  Words asking = words;
  asking.insert(asking.end(), {"--query", query, "--output", "text"});
  if (dry()) {
    options_.print(name + "=$(" + ShellLine(WithRegion(asking), variables_) + ")");
    variables_.insert(name);
    return "${" + name + "}";
  }
  Result<std::string> answer = Run(asking);
  if (!answer) return answer;
  while (!answer->empty() && answer->back() == '\n') answer->pop_back();
  if (*answer == "None") answer->clear();
  return answer;
}

Result<nlohmann::json> Aws::Describe(const Words& words) const {
  Words asking = words;
  asking.insert(asking.end(), {"--output", "json"});
  Result<std::string> answer = Run(asking);
  if (!answer) return answer.error();
  if (answer->empty()) return dry() ? nlohmann::json() : nlohmann::json::object();
  nlohmann::json json = nlohmann::json::parse(*answer, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return Error{ErrorCode::kIo, "the aws command answered what is not JSON: update it to version 2"};
  }
  return json;
}

Result<void> Aws::RunProgramNamed(const Words& words) const {
  if (dry()) {
    options_.print(ShellLine(words, variables_));
    return {};
  }
  const fs::path log = NewLog();
  const Result<int> status = RunProgram(words, log, {}, options_.stop);
  if (!status) return status.error();
  if (*status == 0) return {};
  return Error{ErrorCode::kIo, words.front() + " failed: " + PathText(LastError(log))};
}

Result<void> Aws::Hold(const Words& words) const {
  if (dry()) {
    options_.print(ShellLine(words, variables_));
    return {};
  }
  const fs::path log = NewLog();
  const Result<int> status = RunProgram(words, log, options_.print, options_.stop);
  if (!status) {
    if (status.error().code == ErrorCode::kCancelled) return {};
    return status.error().code == ErrorCode::kNotFound && words.front() == "aws" ? NoAwsCommand()
                                                                                 : status.error();
  }
  if (*status == 0) return {};
  return ExplainTunnel(ReadText(log), LastError(log), options_);
}

Result<void> Aws::Pause() const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, options_.stop, std::chrono::seconds(options_.poll_seconds), [] { return false; });
  if (options_.stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
  return {};
}

}  // namespace coulis::cloud
