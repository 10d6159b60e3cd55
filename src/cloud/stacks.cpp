#include "cloud/stacks.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cloud/shipped_files.h"
#include "coulis/version.h"

namespace coulis::cloud {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

std::string MinutesSince(Clock::time_point start) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start).count();
  const std::string rest = std::to_string(seconds % 60);
  return std::to_string(seconds / 60) + ":" + (rest.size() < 2 ? "0" : "") + rest;
}

// The stack as AWS describes it; null when there is none, and in a dry run.
Result<json> FindStack(Aws& aws, const std::string& stack) {
  if (aws.dry()) return json();
  Result<json> found =
      aws.Describe({"cloudformation", "describe-stacks", "--stack-name", aws.StackName(stack)});
  if (!found && found.error().message.find("does not exist") != std::string::npos) return json();
  if (!found) return found;
  const json stacks = found->value("Stacks", json::array());
  if (stacks.empty() || stacks[0].value("StackStatus", "") == "DELETE_COMPLETE") return json();
  return stacks[0];
}

std::string StatusOf(const json& stack) {
  return stack.is_object() ? stack.value("StackStatus", "") : "";
}

// A stack that AWS takes no changes for; one in review is what an interrupted `aws cloudformation deploy`
// leaves.
bool IsStuck(const std::string& status) {
  return status == "ROLLBACK_COMPLETE" || status == "REVIEW_IN_PROGRESS" || status.ends_with("_FAILED");
}

bool IsUnderWay(const std::string& status) {
  return status.ends_with("IN_PROGRESS") && !IsStuck(status);
}

// What AWS is making or deleting now.
std::string UnderWay(const Aws& aws, const std::string& stack) {
  Result<std::string> names = aws.Run(
      {"cloudformation", "describe-stack-resources", "--stack-name", aws.StackName(stack), "--query",
       "StackResources[?ends_with(ResourceStatus,'IN_PROGRESS')].LogicalResourceId", "--output", "text"});
  if (!names || *names == "\n" || names->starts_with("None")) return "";
  std::string line;
  for (const char c : *names) {
    if (c != '\n') line += c == '\t' ? ' ' : c;
  }
  return line.empty() ? "" : ", " + line;
}

// Until nothing is under way any more; gives the stack as it is then.
Result<json> WaitForEnd(Aws& aws, const std::string& stack, const std::string& doing,
                        Clock::time_point start) {
  while (true) {
    Result<json> found = FindStack(aws, stack);
    if (!found || !IsUnderWay(StatusOf(*found))) return found;
    std::string line = stack;
    line.append(": ").append(doing).append(UnderWay(aws, stack));
    line.append(" (").append(MinutesSince(start)).append(")");
    aws.options().progress(line, false);
    if (Result<void> waited = aws.Pause(); !waited) {
      return Error{ErrorCode::kCancelled, "stopped waiting; AWS goes on with stack " + aws.StackName(stack) +
                                              ": repeat the command to go on from there"};
    }
  }
}

std::map<std::string, std::string> ParametersOf(const json& stack) {
  std::map<std::string, std::string> parameters;
  if (!stack.is_object()) return parameters;
  for (const json& parameter : stack.value("Parameters", json::array())) {
    parameters[parameter.value("ParameterKey", "")] = parameter.value("ParameterValue", "");
  }
  return parameters;
}

// Those that the stack has already and that are not given keep their values.
json Parameters(const Deployment& deployment, const std::string& project, const json& before) {
  std::map<std::string, std::string> given = deployment.parameters;
  std::erase_if(given, [](const auto& parameter) { return parameter.second.empty(); });
  given["Project"] = project;
  json parameters = json::array();
  for (const auto& [key, value] : given)
    parameters.push_back({{"ParameterKey", key}, {"ParameterValue", value}});
  for (const auto& [key, _] : ParametersOf(before)) {
    if (!given.contains(key)) parameters.push_back({{"ParameterKey", key}, {"UsePreviousValue", true}});
  }
  return parameters;
}

Error Stuck(Aws& aws, const std::string& stack, const std::string& status) {
  const std::string name = aws.StackName(stack);
  const Error reason = StackFailure(aws, stack, {ErrorCode::kIo, "stack " + name + " failed"});
  return {ErrorCode::kIo,
          reason.message + "; it is in " + status +
              " and takes no changes: delete it with `aws cloudformation delete-stack --region " +
              aws.options().region + " --stack-name " + name + "`, then repeat"};
}

// Asks for the stack; false when it is as it should be.
Result<bool> Request(Aws& aws, const Deployment& deployment, const json& before) {
  const bool is_new = before.is_null();
  const CloudOptions& options = aws.options();
  Result<std::string> done =
      aws.Run({"cloudformation", is_new ? "create-stack" : "update-stack", "--stack-name",
               aws.StackName(deployment.stack), "--template-body",
               "file://" + (deployment.folder / (deployment.stack + ".yaml")).string(), "--capabilities",
               "CAPABILITY_NAMED_IAM", "--tags", "Key=Project,Value=" + options.project,
               "Key=CoulisVersion,Value=" + std::string(Version()), "--parameters",
               Parameters(deployment, options.project, before).dump()});
  if (done) return true;
  if (done.error().message.find("No updates are to be performed") != std::string::npos) return false;
  return done.error();
}

}  // namespace

Result<std::map<std::string, std::string>> StackStates(Aws& aws) {
  std::map<std::string, std::string> states;
  if (aws.dry()) return states;
  Result<json> found = aws.Describe({"cloudformation", "describe-stacks"});
  if (!found) return found.error();
  const std::string first = aws.StackName("");
  for (const json& stack : found->value("Stacks", json::array())) {
    const std::string name = stack.value("StackName", "");
    const std::string status = StatusOf(stack);
    if (!name.starts_with(first) || status == "DELETE_COMPLETE") continue;
    // Another project's name may begin as ours does.
    const std::string rest = name.substr(first.size());
    if (std::find(StackOrder().begin(), StackOrder().end(), rest) != StackOrder().end())
      states[rest] = status;
  }
  return states;
}

Result<std::map<std::string, std::string>> StackParameters(Aws& aws, const std::string& stack) {
  Result<json> found = FindStack(aws, stack);
  if (!found) return found.error();
  return ParametersOf(*found);
}

Result<std::string> StackOutput(Aws& aws, const std::string& stack, const std::string& output,
                                const std::string& variable) {
  return aws.Ask(variable, {"cloudformation", "describe-stacks", "--stack-name", aws.StackName(stack)},
                 "Stacks[0].Outputs[?OutputKey==`" + output + "`].OutputValue | [0]");
}

Result<void> Deploy(Aws& aws, const Deployment& deployment) {
  const auto start = Clock::now();
  const std::string& stack = deployment.stack;
  Result<json> before = WaitForEnd(aws, stack, "under way already", start);
  if (!before) return before.error();
  if (const std::string status = StatusOf(*before); IsStuck(status)) return Stuck(aws, stack, status);
  Result<bool> requested = Request(aws, deployment, *before);
  if (!requested) return requested.error();
  if (!*requested) {
    aws.options().progress(stack + ": as it should be", true);
    return {};
  }
  if (aws.dry()) {
    Result<std::string> waited =
        aws.Run({"cloudformation", "wait", "stack-create-complete", "--stack-name", aws.StackName(stack)});
    return waited ? Result<void>() : waited.error();
  }
  Result<json> after = WaitForEnd(aws, stack, before->is_null() ? "making" : "changing", start);
  if (!after) return after.error();
  const std::string status = StatusOf(*after);
  if (status != "CREATE_COMPLETE" && status != "UPDATE_COMPLETE") {
    return StackFailure(aws, stack,
                        {ErrorCode::kIo, "stack " + aws.StackName(stack) + " ended as " + status});
  }
  aws.options().progress(stack + ": ready (" + MinutesSince(start) + ")", true);
  return {};
}

namespace {

// What EMR made in the network goes some minutes after the cluster.
bool IsStillInUse(const Error& error) {
  return error.message.find("DependencyViolation") != std::string::npos ||
         error.message.find("dependent object") != std::string::npos;
}

Result<void> DeleteOnce(Aws& aws, const std::string& stack) {
  const auto start = Clock::now();
  const std::string name = aws.StackName(stack);
  Result<std::string> done = aws.Run({"cloudformation", "delete-stack", "--stack-name", name});
  if (done && aws.dry())
    done = aws.Run({"cloudformation", "wait", "stack-delete-complete", "--stack-name", name});
  if (!done) return done.error();
  Result<json> after = WaitForEnd(aws, stack, "deleting", start);
  if (!after) return after.error();
  if (!after->is_null()) {
    return StackFailure(aws, stack, {ErrorCode::kIo, "stack " + name + " is " + StatusOf(*after)});
  }
  aws.options().progress(stack + ": deleted (" + MinutesSince(start) + ")", true);
  return {};
}

}  // namespace

Result<void> Delete(Aws& aws, const std::string& stack) {
  constexpr int kMostTries = 5;
  for (int tries = 1;; ++tries) {
    Result<void> deleted = DeleteOnce(aws, stack);
    if (deleted || tries == kMostTries || !IsStillInUse(deleted.error())) return deleted;
    aws.options().progress(stack + ": still in use, deleting again", false);
    if (Result<void> waited = aws.Pause(); !waited) return waited;
  }
}

}  // namespace coulis::cloud
