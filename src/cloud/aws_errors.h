// What AWS refuses, as one line that says what to do.
#pragma once

#include <string>

#include "coulis/cloud.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// There is no `aws` command.
[[nodiscard]] Error NoAwsCommand();

/// `said`: what the aws command wrote to standard error. kIo; kNotFound when it says that something does not
/// exist.
[[nodiscard]] Error ExplainFailure(const std::string& said, const CloudOptions& options);

/// The same of a reason that AWS gives for a resource that it could not make; "" when there is nothing to
/// advise.
[[nodiscard]] std::string AdviceFor(const std::string& reason, const CloudOptions& options);

/// Of ssh, or of the plugin of Session Manager; `last`: its last line.
[[nodiscard]] Error ExplainTunnel(const std::string& said, const std::string& last,
                                  const CloudOptions& options);

}  // namespace coulis::cloud
