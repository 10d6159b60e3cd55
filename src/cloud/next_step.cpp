#include "cloud/next_step.h"

#include "cloud/aws.h"

namespace coulis::cloud {

std::string NextStep(const CloudOptions& options, const std::string& words) {
  const CloudOptions usual;
  std::string step = "`coulis cloud " + words;
  const auto add = [&](const char* option, const std::string& value, const std::string& otherwise) {
    if (value != otherwise) step += " " + std::string(option) + " " + ShellLine({value});
  };
  add("--project", options.project, usual.project);
  add("--region", options.region, usual.region);
  add("--profile", options.profile, usual.profile);
  return step + "`";
}

}  // namespace coulis::cloud
