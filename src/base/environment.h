#pragma once

#include <cstdlib>
#include <string>

namespace coulis {

/// The value of an environment variable; empty when it is not set, which tools of this kind take for the
/// same. Thread-safe as long as nobody changes the environment.
[[nodiscard]] inline std::string EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace coulis
