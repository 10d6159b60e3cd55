// Files that hold many images: tar, tar.gz, zip, WebDataset shards, Parquet with a column of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "store/name_patterns.h"

namespace arrow::io {
class RandomAccessFile;
}

namespace coulis {

/// An image in a container, or what is wrong with one, or with the container itself.
struct Member {
  std::string path;   ///< The key of its row, UTF-8.
  std::string label;  ///< UTF-8; see ContainerNames::label.
  Result<std::vector<std::byte>> bytes;
};

/// What to do with a member whose path is known and whose bytes are not read yet.
enum class Wish {
  kTake,
  kPass,  ///< Not this one.
  kStop,  ///< Neither this one nor any after it.
};

/// How the rows of a container are called.
struct ContainerNames {
  /// The key of the row that says what is wrong with the container as a whole; ends with a slash.
  std::string own;
  /// What comes before the path of a member: "" or the container's path and a slash.
  std::string prefix;
  /// The label of members that lie in no folder.
  std::string label;
};

/// What is read of a container, and how.
struct ContainerOptions {
  std::int64_t max_bytes = 0;  ///< Larger members are errors; they take no memory.
  NamePatterns patterns{std::vector<std::string>()};
  /// The column that holds the images of a Parquet file; empty: the only column of bytes, or that named
  /// "image".
  std::string image_column;
  /// Asked once for each member, before its bytes are read. Empty: take all.
  std::function<Wish(const std::string& path)> wish;
};

/// Gives the images of a container one after another, in its order, each path once. Memory: one member (of an
/// archive, those that share a name but for the extension; of Parquet, some pages), and a hash of each path.
/// Nothing is ever unpacked into the file system, and containers inside of containers are not opened. A
/// container that is damaged or ends too early gives what was there before, and an error of its own in the
/// end. Not thread-safe.
class Container {
 public:
  Container() = default;
  virtual ~Container() = default;
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  /// The next image, good or bad; empty at the end.
  [[nodiscard]] virtual std::optional<Member> Next() = 0;

  /// Members passed over so far because of their names: no images, or hidden.
  [[nodiscard]] std::int64_t ignored() const { return ignored_; }

 protected:
  std::int64_t ignored_ = 0;
};

/// Tells the kind of container by content. Errors: kBadImage (no container that can be read; also Parquet
/// with more than one column to choose from), kNotFound (Parquet without a column of bytes), kIo.
[[nodiscard]] Result<std::unique_ptr<Container>> OpenContainer(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file, ContainerNames names, ContainerOptions options);

/// What the first bytes of a file say that it is.
enum class ContainerKind { kNone, kTar, kGzip, kZip, kParquet };

/// Bytes that KindOf wants to see, if there are so many.
inline constexpr std::int64_t kKindBytes = 1024;

[[nodiscard]] ContainerKind KindOf(std::string_view head);

}  // namespace coulis
