#pragma once

#include <string>

namespace coulis {

/// Where the credentials for S3 come from, by what the environment and the files of this machine say: "the
/// environment (AWS_ACCESS_KEY_ID)", "profile \"x\" in FILE". Never what they are. Empty: nowhere here; a
/// machine in AWS may still have a role.
[[nodiscard]] std::string CredentialSource();

}  // namespace coulis
