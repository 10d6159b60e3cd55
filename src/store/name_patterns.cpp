#include "store/name_patterns.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <utility>

namespace coulis {
namespace {

bool EndsWithIgnoringCase(std::string_view name, std::string_view ending) {
  return name.size() >= ending.size() &&
         std::equal(ending.begin(), ending.end(), name.end() - std::ssize(ending),
                    [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

bool MatchesAny(const std::vector<std::string>& globs, const std::string& name, const std::string& below) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    const std::string& subject = glob.find('/') == std::string::npos ? name : below;
    return ::fnmatch(glob.c_str(), subject.c_str(), FNM_CASEFOLD) == 0;
  });
}

std::vector<std::string> OfImages(const std::vector<std::string>& globs) {
  std::vector<std::string> images;
  std::copy_if(globs.begin(), globs.end(), std::back_inserter(images),
               [](const std::string& glob) { return !IsContainerName(glob); });
  return images;
}

}  // namespace

bool IsArchiveName(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kEndings = {".tar", ".tar.gz", ".tgz", ".zip"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return EndsWithIgnoringCase(name, ending); });
}

bool IsContainerName(std::string_view name) {
  return IsArchiveName(name) || EndsWithIgnoringCase(name, ".parquet");
}

const std::vector<std::string>& ImagePatterns() {
  static const std::vector<std::string> kPatterns = {"*.jpg",  "*.jpeg", "*.jpe", "*.jfif", "*.png",
                                                     "*.webp", "*.bmp",  "*.dib", "*.gif"};
  return kPatterns;
}

NamePatterns::NamePatterns(std::vector<std::string> globs)
    : globs_(std::move(globs)), given_(OfImages(globs_)), images_(given_.empty() ? ImagePatterns() : given_) {
  if (globs_.empty()) globs_ = images_;
}

bool NamePatterns::TakesFile(const std::string& name, const std::string& below) const {
  if (MatchesAny(globs_, name, below)) return true;
  return IsContainerName(name) && std::none_of(globs_.begin(), globs_.end(), IsContainerName);
}

bool NamePatterns::TakesMember(const std::string& path) const {
  return MatchesAny(images_, path.substr(path.rfind('/') + 1), path);
}

bool NamePatterns::TakesRow(const std::string& path) const {
  return given_.empty() || TakesMember(path);
}

}  // namespace coulis
