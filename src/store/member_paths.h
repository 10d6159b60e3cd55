// Paths of members inside of containers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace coulis {

/// The path without "." and empty parts: "./a//b.jpg" is "a/b.jpg". A path that leads out stays as it is.
[[nodiscard]] std::string TidyMemberPath(std::string_view name);

/// True for an absolute path, and for one with a part "..".
[[nodiscard]] bool LeadsOut(std::string_view name);

/// True when a part of the path begins with a dot.
[[nodiscard]] bool IsHiddenMember(std::string_view path);

/// The last folder of the path; empty when it has none.
[[nodiscard]] std::optional<std::string> FolderName(std::string_view path);

/// Keeps paths apart, with a hash of each: two different paths among ten million count as the same once in
/// 400,000 times. Not thread-safe.
class UniquePaths {
 public:
  /// `path`, or for one that came before "path#2", "path#3", …
  [[nodiscard]] std::string Unique(const std::string& path);

 private:
  std::unordered_map<std::size_t, int> times_;  // by hash
};

}  // namespace coulis
