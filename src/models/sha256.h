// SHA-256 (FIPS 180-4) as lower-case hex.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coulis/result.h"

namespace coulis::models {

[[nodiscard]] Result<std::string> Sha256(std::span<const std::byte> bytes);

/// Of a file's content, read piece by piece. Errors: kNotFound, kIo.
[[nodiscard]] Result<std::string> Sha256OfFile(const std::filesystem::path& path);

/// A file's name and its hash.
using NamedSha256 = std::pair<std::string, std::string>;

/// One hash for several files: of the lines that sha256sum prints for them, in this order.
[[nodiscard]] Result<std::string> Sha256OfListing(const std::vector<NamedSha256>& files);

}  // namespace coulis::models
