#include "cloud/stacks.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "coulis/version.h"

namespace coulis::cloud {
namespace {

using Clock = std::chrono::steady_clock;

std::string MinutesSince(Clock::time_point start) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start).count();
  const std::string rest = std::to_string(seconds % 60);
  return std::to_string(seconds / 60) + ":" + (rest.size() < 2 ? "0" : "") + rest;
}

// What AWS is making or deleting now, said while something else waits for it.
class Watcher {
 public:
  Watcher(const Aws& aws, std::string stack, std::string doing)
      : aws_(aws), stack_(std::move(stack)), line_(stack_ + ": " + std::move(doing)), start_(Clock::now()) {
    aws_.options().progress(line_, false);
    if (!aws_.dry() && aws_.options().poll_seconds > 0)
      thread_ = std::jthread([this](std::stop_token stop) { Watch(stop); });
  }

  /// Ends the watch before what comes next is said.
  void Done(const std::string& end) {
    Stop();
    aws_.options().progress(stack_ + ": " + end + " (" + MinutesSince(start_) + ")", true);
  }
  void Stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
  }

 private:
  void Watch(const std::stop_token& stop) {
    int ticks = 0;
    std::string resources;
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (++ticks % 10 != 0) continue;
      if (ticks % (10 * aws_.options().poll_seconds) == 0) resources = UnderWay();
      aws_.options().progress(
          line_ + (resources.empty() ? "" : ", " + resources) + " (" + MinutesSince(start_) + ")", false);
    }
  }

  [[nodiscard]] std::string UnderWay() const {
    Result<std::string> names = aws_.Run(
        {"cloudformation", "describe-stack-resources", "--stack-name", aws_.StackName(stack_), "--query",
         "StackResources[?ends_with(ResourceStatus,'IN_PROGRESS')].LogicalResourceId", "--output", "text"});
    if (!names) return "";
    while (!names->empty() && names->back() == '\n') names->pop_back();
    for (char& c : *names) c = c == '\t' ? ' ' : c;
    return *std::move(names);
  }

  const Aws& aws_;
  std::string stack_;
  std::string line_;
  Clock::time_point start_;
  std::jthread thread_;
};

// A stack that AWS takes no changes for.
bool IsStuck(const std::string& status) {
  return status == "ROLLBACK_COMPLETE" || status == "ROLLBACK_FAILED" || status == "CREATE_FAILED" ||
         status == "DELETE_FAILED" || status == "UPDATE_ROLLBACK_FAILED";
}

}  // namespace

Result<std::map<std::string, std::string>> StackStates(Aws& aws) {
  std::map<std::string, std::string> states;
  if (aws.dry()) return states;
  Result<nlohmann::json> found = aws.Describe({"cloudformation", "describe-stacks"});
  if (!found) return found.error();
  const std::string first = aws.StackName("");
  for (const auto& stack : found->value("Stacks", nlohmann::json::array())) {
    const std::string name = stack.value("StackName", "");
    const std::string status = stack.value("StackStatus", "");
    if (name.starts_with(first) && status != "DELETE_COMPLETE") states[name.substr(first.size())] = status;
  }
  return states;
}

Result<std::string> StackOutput(Aws& aws, const std::string& stack, const std::string& output,
                                const std::string& variable) {
  return aws.Ask(variable, {"cloudformation", "describe-stacks", "--stack-name", aws.StackName(stack)},
                 "Stacks[0].Outputs[?OutputKey=='" + output + "'].OutputValue | [0]");
}

Result<void> Deploy(Aws& aws, const Deployment& deployment) {
  const std::string name = aws.StackName(deployment.stack);
  Result<std::map<std::string, std::string>> states = StackStates(aws);
  if (!states) return states.error();
  if (const auto found = states->find(deployment.stack); found != states->end() && IsStuck(found->second)) {
    const Error reason = StackFailure(aws, deployment.stack, {ErrorCode::kIo, "stack " + name + " failed"});
    return Error{ErrorCode::kIo, reason.message + "; it is in " + found->second +
                                     " and takes no changes: delete it with `aws " +
                                     "cloudformation delete-stack --region " + aws.options().region +
                                     " --stack-name " + name + "`, then repeat"};
  }
  Words words = {"cloudformation",
                 "deploy",
                 "--stack-name",
                 name,
                 "--template-file",
                 (deployment.folder / (deployment.stack + ".yaml")).string(),
                 "--capabilities",
                 "CAPABILITY_NAMED_IAM",
                 "--no-fail-on-empty-changeset",
                 "--tags",
                 "Project=" + aws.options().project,
                 "CoulisVersion=" + std::string(Version()),
                 "--parameter-overrides",
                 "Project=" + aws.options().project};
  for (const auto& [key, value] : deployment.parameters) {
    if (!value.empty()) words.push_back(key + "=" + value);
  }
  Watcher watcher(aws, deployment.stack, states->contains(deployment.stack) ? "comparing" : "making");
  Result<std::string> done = aws.Run(words);
  watcher.Stop();
  if (!done) {
    if (done.error().code == ErrorCode::kCancelled) return done.error();
    return StackFailure(aws, deployment.stack, done.error());
  }
  watcher.Done("ready");
  return {};
}

Result<void> Delete(Aws& aws, const std::string& stack) {
  const std::string name = aws.StackName(stack);
  Watcher watcher(aws, stack, "deleting");
  Result<std::string> done = aws.Run({"cloudformation", "delete-stack", "--stack-name", name});
  if (done) done = aws.Run({"cloudformation", "wait", "stack-delete-complete", "--stack-name", name});
  watcher.Stop();
  if (!done) {
    if (done.error().code == ErrorCode::kCancelled) return done.error();
    return StackFailure(aws, stack, done.error());
  }
  watcher.Done("deleted");
  return {};
}

}  // namespace coulis::cloud
