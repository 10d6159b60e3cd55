// Which names count: of files in folders, and of members in containers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coulis {

/// True for the extensions of containers of images: .tar, .tar.gz, .tgz, .zip, .parquet, in any case.
[[nodiscard]] bool IsContainerName(std::string_view name);

/// True for those of archives: all of them but .parquet.
[[nodiscard]] bool IsArchiveName(std::string_view name);

/// "*.jpg", "*.png" and so on: the names that are taken for images by default.
[[nodiscard]] const std::vector<std::string>& ImagePatterns();

/// fnmatch patterns, of which any must match case-insensitively: the name, or, when the pattern has a slash,
/// the path below the input. A pattern that ends with the extension of a container chooses containers, any
/// other images. Thread-safe.
class NamePatterns {
 public:
  /// Where `globs` is empty, and for members where it has no pattern of images: ImagePatterns().
  explicit NamePatterns(std::vector<std::string> globs);

  /// A file in a folder: one of the patterns matches; or it is a container, and no pattern is one of
  /// containers.
  [[nodiscard]] bool TakesFile(const std::string& name, const std::string& below) const;

  /// A member of an archive, by its path inside.
  [[nodiscard]] bool TakesMember(const std::string& path) const;

  /// A row of a table of images, which need not be called like one: it is held against patterns of images
  /// that were given only.
  [[nodiscard]] bool TakesRow(const std::string& path) const;

 private:
  std::vector<std::string> globs_;
  std::vector<std::string> given_;  // those of images
  std::vector<std::string> images_;
};

}  // namespace coulis
