#pragma once

#include <string>

namespace coulis {

/// Now, as records write it: "2026-01-31T12:00:00Z". Thread-safe.
[[nodiscard]] std::string UtcNow();

}  // namespace coulis
