#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis {

/// The content of a regular file. `name` is bytes as the file system has them; they are not part of the
/// message, since the row that carries it has its path beside it. Never blocks on a pipe or device.
/// Thread-safe. Errors: kNotFound, kIo (not readable, not a regular file), kBadImage (more than max_bytes: 0
/// bytes are read).
[[nodiscard]] Result<std::vector<std::byte>> ReadFile(const std::string& name, std::int64_t max_bytes);

/// kBadImage: a file larger than allowed.
[[nodiscard]] Error TooManyBytes(std::int64_t bytes, std::int64_t max_bytes);

}  // namespace coulis
