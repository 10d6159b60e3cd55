#include "store/credentials.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/path_text.h"

namespace coulis {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string AwsFile(const char* variable, const char* name) {
  const std::string named = Variable(variable);
  return named.empty() ? Variable("HOME") + "/.aws/" + name : named;
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
  if (!Variable("AWS_ACCESS_KEY_ID").empty()) return "the environment (AWS_ACCESS_KEY_ID)";
  const std::string named = Variable("AWS_PROFILE");
  const std::string profile = named.empty() ? "default" : named;
  const std::string credentials = AwsFile("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  if (HasSection(credentials, profile)) {
    return "profile \"" + PathText(profile) + "\" in " + PathText(credentials);
  }
  const std::string config = AwsFile("AWS_CONFIG_FILE", "config");
  if (HasSection(config, profile == "default" ? profile : "profile " + profile)) {
    return "profile \"" + PathText(profile) + "\" in " + PathText(config);
  }
  if (!Variable("AWS_WEB_IDENTITY_TOKEN_FILE").empty()) return "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)";
  if (!Variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").empty() ||
      !Variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").empty()) {
    return "the container's role";
  }
  return "";
}

}  // namespace coulis
