// Why a stack failed: the first resource, its reason, and what to do.
#include <optional>

#include "base/path_text.h"
#include "cloud/aws_errors.h"
#include "cloud/stacks.h"

namespace coulis::cloud {
namespace {

struct Failed {
  std::string resource;
  std::string reason;
};

// Events come latest first; those before the user's last request are of earlier tries. What was cancelled, or
// only says that others failed, is not the cause.
std::optional<Failed> FirstFailure(const nlohmann::json& events) {
  std::optional<Failed> first;
  for (const auto& event : events) {
    if (first && event.value("ResourceStatusReason", "") == "User Initiated") break;
    const std::string status = event.value("ResourceStatus", "");
    const std::string reason = event.value("ResourceStatusReason", "");
    if (!status.ends_with("FAILED") || reason.find("cancelled") != std::string::npos ||
        reason.find("The following resource(s) failed") != std::string::npos) {
      continue;
    }
    first = Failed{event.value("LogicalResourceId", ""), reason};
  }
  return first;
}

}  // namespace

Error StackFailure(Aws& aws, const std::string& stack, const Error& otherwise) {
  const Result<nlohmann::json> events =
      aws.Describe({"cloudformation", "describe-stack-events", "--stack-name", aws.StackName(stack)});
  if (!events || !events->contains("StackEvents")) return otherwise;
  const std::optional<Failed> failed = FirstFailure((*events)["StackEvents"]);
  if (!failed) return otherwise;
  std::string reason = failed->reason;
  while (!reason.empty() && (reason.back() == '.' || reason.back() == ' ')) reason.pop_back();
  const std::string advice = AdviceFor(reason, aws.options());
  return {ErrorCode::kIo, "stack " + aws.StackName(stack) + ": " + PathText(failed->resource) + ": " +
                              PathText(reason) + (advice.empty() ? "" : ": " + advice)};
}

}  // namespace coulis::cloud
