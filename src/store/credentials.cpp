#include "store/credentials.h"

#include <filesystem>
#include <fstream>

#include "base/environment.h"
#include "base/path_text.h"

namespace coulis {
namespace {

std::string AwsFile(const char* variable, const char* name) {
  const std::string named = EnvironmentVariable(variable);
  return named.empty() ? EnvironmentVariable("HOME") + "/.aws/" + name : named;
}

// Whether a file of profiles has a section of this name.
bool HasSection(const std::string& path, const std::string& section) {
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[" + section + "]")) return true;
  }
  return false;
}

}  // namespace

// The order is that of the AWS SDK's default chain.
std::string CredentialSource() {
  if (!EnvironmentVariable("AWS_ACCESS_KEY_ID").empty()) return "the environment (AWS_ACCESS_KEY_ID)";
  const std::string named = EnvironmentVariable("AWS_PROFILE");
  const std::string profile = named.empty() ? "default" : named;
  const std::string credentials = AwsFile("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  if (HasSection(credentials, profile)) {
    return "profile \"" + PathText(profile) + "\" in " + PathText(credentials);
  }
  const std::string config = AwsFile("AWS_CONFIG_FILE", "config");
  if (HasSection(config, profile == "default" ? profile : "profile " + profile)) {
    return "profile \"" + PathText(profile) + "\" in " + PathText(config);
  }
  if (!EnvironmentVariable("AWS_WEB_IDENTITY_TOKEN_FILE").empty())
    return "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)";
  if (!EnvironmentVariable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").empty() ||
      !EnvironmentVariable("AWS_CONTAINER_CREDENTIALS_FULL_URI").empty()) {
    return "the container's role";
  }
  return "";
}

}  // namespace coulis
