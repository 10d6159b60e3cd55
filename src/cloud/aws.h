// The `aws` command as this layer uses it: run, asked for one value, or only printed.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "coulis/cloud.h"
#include "coulis/result.h"

namespace coulis::cloud {

using Words = std::vector<std::string>;

/// A command line that a shell reads as exactly these words; `variables`: names whose "${name}" it is to fill
/// in.
[[nodiscard]] std::string ShellLine(const Words& words, const std::set<std::string>& variables = {});

/// The commands to AWS of one command of ours. With `dry_run` they are printed in a form that a shell takes,
/// and nothing is run. Run may be called from any thread; the rest is not thread-safe.
class Aws {
 public:
  /// `options` must outlive this.
  explicit Aws(const CloudOptions& options);
  ~Aws();
  Aws(const Aws&) = delete;
  Aws& operator=(const Aws&) = delete;

  /// `aws WORDS... --region R`; gives what it prints, nothing in a dry run. Errors: what ExplainFailure makes
  /// of them.
  [[nodiscard]] Result<std::string> Run(const Words& words) const;

  /// The same of a command that says a line for each file that it has copied, which are counted as progress.
  [[nodiscard]] Result<void> Transfer(const Words& words, const std::string& doing) const;

  /// One value out of the answer, by a JMESPath query; empty when there is none. In a dry run the shell is to
  /// keep it in the variable `name`, and "${name}" is given, which later words may contain.
  [[nodiscard]] Result<std::string> Ask(const std::string& name, const Words& words,
                                        const std::string& query);

  /// The whole answer; null in a dry run.
  [[nodiscard]] Result<nlohmann::json> Describe(const Words& words) const;

  /// A program other than aws, which ends by itself. Errors: kNotFound, kIo with the last line that it said.
  [[nodiscard]] Result<void> RunProgramNamed(const Words& words) const;

  /// The same of a program that runs until it is stopped, whose output is printed.
  [[nodiscard]] Result<void> Hold(const Words& words) const;

  [[nodiscard]] bool dry() const { return options_.dry_run; }
  [[nodiscard]] const CloudOptions& options() const { return options_; }
  /// A folder of our own that goes with this.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// "coulis-network"
  [[nodiscard]] std::string StackName(const std::string& stack) const {
    return options_.project + "-" + stack;
  }

  /// Waits for `poll_seconds`. Errors: kCancelled.
  [[nodiscard]] Result<void> Pause() const;

 private:
  [[nodiscard]] Result<void> RunLines(const Words& words,
                                      const std::function<void(const std::string&)>& on_line) const;
  [[nodiscard]] Words WithRegion(Words words) const;
  [[nodiscard]] std::filesystem::path NewLog() const;

  const CloudOptions& options_;
  std::filesystem::path folder_;
  std::set<std::string> variables_;
};

}  // namespace coulis::cloud
