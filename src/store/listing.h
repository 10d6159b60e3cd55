// Finds images: folders, of this machine or of buckets, searched recursively, and single files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "store/location.h"
#include "store/storage.h"

namespace coulis {

/// An image that was found, or a folder that could not be searched (then `error` is set).
struct ImageFile {
  Location file;            ///< What to open.
  std::int64_t bytes = -1;  ///< Of an object, as it was listed; -1: not known.
  std::string path;         ///< The key of the row: UTF-8 (base/path_text.h), unique in the listing.
  std::string label;        ///< Name of the folder that holds the file, UTF-8.
  std::optional<Error> error;
};

/// The content of an image that was listed. Errors: as ReadWhole.
[[nodiscard]] Result<std::vector<std::byte>> ReadContent(const ImageFile& image, std::int64_t max_bytes);

/// Streams the images of several inputs, one file at a time: the first comes before the last folder was read,
/// and memory grows with the depth of the tree only; of a bucket a page of 1,000 objects is held. Order is
/// the file system's, in a bucket that of the keys. Symbolic links are followed; a link that leads back into
/// a folder above itself is left out. Hidden files and folders are ignored. Not thread-safe.
class Listing {
 public:
  /// `inputs`: folders and files, s3://BUCKET/PREFIX and objects. `globs`: fnmatch patterns, any of which
  /// must match (case-insensitively) the name, or the path below the input when the pattern has a slash; a
  /// file named as an input always matches. Errors: kNotFound, kIo (an input folder that may not be
  /// searched), kInvalidArgument (an input inside another one would give its images twice).
  [[nodiscard]] static Result<Listing> Open(const std::vector<std::string>& inputs,
                                            std::vector<std::string> globs,
                                            const Storage& storage = Storage());
  ~Listing();
  Listing(Listing&&) noexcept;
  Listing& operator=(Listing&&) noexcept;

  /// The next image; empty at the end. Errors: kIo, kNotFound (a bucket that cannot be listed any further).
  [[nodiscard]] Result<std::optional<ImageFile>> Next();

  /// Files passed over so far: hidden, or not matched by the globs.
  [[nodiscard]] std::int64_t ignored() const;

  /// The inputs as run.json names them: absolute paths and URIs.
  [[nodiscard]] std::vector<std::string> inputs() const;

  /// Whether any input lies in a bucket.
  [[nodiscard]] bool has_bucket() const;

 private:
  class Impl;
  explicit Listing(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coulis
