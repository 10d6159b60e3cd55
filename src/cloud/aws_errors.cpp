#include "cloud/aws_errors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include "base/path_text.h"
#include "cloud/next_step.h"

namespace coulis::cloud {
namespace {

// A part of what AWS says, in small letters, and what to do then; the advice ends with a command of ours, or
// none.
struct Known {
  const char* part = "";
  const char* advice = "";
  const char* command = "";
};

constexpr const char* kLogIn = "log in again (`aws sso login`, or `aws configure` with a new key)";

constexpr std::array kKnown = {
    Known{
        "unable to locate credentials",
        "AWS does not know who you are: run `aws configure`, or set AWS_PROFILE to a profile that has a key"},
    Known{"expiredtoken", kLogIn},
    Known{"token included in the request is expired", kLogIn},
    Known{"token has expired", kLogIn},
    Known{"invalidclienttokenid",
          "AWS knows no such access key: check AWS_ACCESS_KEY_ID, or run `aws configure`"},
    Known{"unrecognizedclient",
          "AWS knows no such access key: check AWS_ACCESS_KEY_ID, or run `aws configure`"},
    Known{"signaturedoesnotmatch", "the secret key does not fit the access key: run `aws configure`"},
    Known{"config profile", "choose a profile of `aws configure list-profiles` with --profile"},
    Known{"bucketalready",
          "bucket names are unique in all of AWS: choose another with --bucket, or give none"},
    Known{"already exists", "choose another name (--bucket, --project), or delete what has it"},
    Known{"invalidkeypair", "the key pair is not in this region: run", "up --public-key FILE.pub"},
    Known{"key pair", "the key pair is not in this region: run", "up --public-key FILE.pub"},
    Known{"vcpulimitexceeded", "ask AWS for more vCPUs (console, Service Quotas, EC2), or use fewer --nodes"},
    Known{"limitexceeded", "ask AWS for a higher quota (console, Service Quotas), or use fewer --nodes"},
    Known{"quota", "ask AWS for a higher quota (console, Service Quotas), or use fewer --nodes"},
    Known{"insufficientinstancecapacity",
          "AWS has no such instances there now: try another --instance, or later"},
    Known{"insufficient capacity", "AWS has no such instances there now: try another --instance, or later"},
    Known{"bootstrap", "read what the script said, in the folder node/*/bootstrap-actions of", "logs"},
    Known{"rollback_complete", "it could not be made and cannot be changed: delete it, then repeat", "up"},
    Known{"accessdenied", "let whoever runs this do that, or use another --profile"},
    Known{"not authorized", "let whoever runs this do that, or use another --profile"},
    Known{"could not connect", "check the network and the region"},
    Known{"template validation", "the stacks are of another version than this program: report it"},
};

std::string Small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The last line that says anything, without a full stop.
std::string LastLine(const std::string& said) {
  std::istringstream lines(said);
  std::string last = "no message";
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  }
  last.erase(0, last.find_first_not_of(" \t"));
  while (!last.empty() && (last.back() == '.' || last.back() == ' ' || last.back() == '\r')) last.pop_back();
  constexpr std::size_t kLongest = 400;
  return PathText(last.substr(0, kLongest));
}

}  // namespace

Error NoAwsCommand() {
  return {ErrorCode::kNotFound,
          "there is no aws command: install the AWS CLI, version 2 (apt-get install awscli, or "
          "docs.aws.amazon.com/cli), then run `aws configure`"};
}

std::string AdviceFor(const std::string& reason, const CloudOptions& options) {
  const std::string said = Small(reason);
  for (const Known& known : kKnown) {
    if (said.find(known.part) == std::string::npos) continue;
    std::string advice = known.advice;
    if (advice == kLogIn && !options.profile.empty()) advice += " for profile " + PathText(options.profile);
    // The youngest regions are off in an account until somebody turns them on, and then know none of its
    // keys.
    if (std::string(known.part) == "invalidclienttokenid" && options.region.starts_with("eu-south-")) {
      advice += ", and whether region " + options.region + " is enabled in the account";
    }
    if (*known.command != '\0') advice += " " + NextStep(options, known.command);
    return advice;
  }
  return "";
}

Error ExplainFailure(const std::string& said, const CloudOptions& options) {
  const std::string advice = AdviceFor(said, options);
  const std::string small = Small(said);
  const bool missing = small.find("does not exist") != std::string::npos ||
                       small.find("not found") != std::string::npos ||
                       small.find("notfoundexception") != std::string::npos;
  return {missing ? ErrorCode::kNotFound : ErrorCode::kIo,
          "AWS: " + LastLine(said) + (advice.empty() ? "" : ": " + advice)};
}

Error ExplainTunnel(const std::string& said, const std::string& last, const CloudOptions& options) {
  const std::string small = Small(said);
  const auto says = [&](const char* part) { return small.find(part) != std::string::npos; };
  std::string advice = AdviceFor(said, options);
  if (says("sessionmanagerplugin")) {
    advice =
        "install the Session Manager plugin of the AWS CLI (docs.aws.amazon.com/systems-manager, \"plugin\")";
  } else if (says("permission denied (publickey")) {
    advice = "give the private half of the key of `coulis cloud up --public-key` with --key";
  } else if (says("address already in use") || says("cannot listen to port")) {
    advice = "another program has the port: choose another --port";
  } else if (says("targetnotconnected")) {
    advice =
        "the node has not told Session Manager of itself yet, or the network has no NAT gateway: wait a "
        "minute";
  }
  return {ErrorCode::kIo, "the tunnel ended: " + LastLine(last) + (advice.empty() ? "" : ": " + advice)};
}

}  // namespace coulis::cloud
