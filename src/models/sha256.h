// SHA-256 (FIPS 180-4) as lower-case hex.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "coulis/result.h"

namespace coulis::models {

[[nodiscard]] Result<std::string> Sha256(std::span<const std::byte> bytes);

/// Of a file's content, read piece by piece. Errors: kNotFound, kIo.
[[nodiscard]] Result<std::string> Sha256OfFile(const std::filesystem::path& path);

}  // namespace coulis::models
