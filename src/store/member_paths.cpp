#include "store/member_paths.h"

#include <functional>

namespace coulis {
namespace {

// Calls `take` with each part of a path between slashes.
template <typename Take>
void ForEachPart(std::string_view path, const Take& take) {
  while (true) {
    const std::size_t slash = path.find('/');
    take(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string TidyMemberPath(std::string_view name) {
  if (LeadsOut(name)) return std::string(name);
  std::string path;
  ForEachPart(name, [&](std::string_view part) {
    if (part.empty() || part == ".") return;
    if (!path.empty()) path += '/';
    path += part;
  });
  return path;
}

bool LeadsOut(std::string_view name) {
  bool leads_out = name.starts_with('/');
  ForEachPart(name, [&](std::string_view part) { leads_out |= part == ".."; });
  return leads_out;
}

bool IsHiddenMember(std::string_view path) {
  bool hidden = false;
  ForEachPart(path,
              [&](std::string_view part) { hidden |= part.starts_with('.') && part != "." && part != ".."; });
  return hidden;
}

std::optional<std::string> FolderName(std::string_view path) {
  const std::size_t end = path.rfind('/');
  if (end == std::string_view::npos) return std::nullopt;
  path = path.substr(0, end);
  const std::size_t begin = path.rfind('/');
  return std::string(begin == std::string_view::npos ? path : path.substr(begin + 1));
}

std::string UniquePaths::Unique(const std::string& path) {
  const std::hash<std::string> hash;
  std::string unique = path;
  for (int times = ++times_[hash(path)]; times > 1; ++times) {
    unique = path + "#" + std::to_string(times);
    if (times_.try_emplace(hash(unique), 1).second) break;
  }
  return unique;
}

}  // namespace coulis
