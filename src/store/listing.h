// Finds images, and containers of images: folders, of this machine or of buckets, searched recursively, and
// single files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coulis/result.h"
#include "store/location.h"
#include "store/storage.h"

namespace coulis {

/// What a file is, by its name.
enum class FileKind {
  kImage,
  kContainer,  ///< Holds images: store/container.h.
  kUnknown,    ///< Its content decides.
};

/// A file that was found, or a folder that could not be searched (then `error` is set).
struct ImageFile {
  Location file;            ///< What to open.
  std::int64_t bytes = -1;  ///< Of an object, as it was listed; -1: not known.
  std::string path;         ///< The key of the row: UTF-8 (base/path_text.h), unique in the listing.
  std::string label;        ///< Name of the folder that holds the file, UTF-8, or what a manifest says.
  std::optional<Error> error;
  FileKind kind = FileKind::kImage;
  /// What comes before the paths of a container's members to make their keys.
  std::string prefix;
  bool is_named = false;     ///< By the user, instead of having been found in a folder.
  bool is_labelled = false;  ///< By a manifest: the label holds for all members, too.
};

/// By the extension.
[[nodiscard]] FileKind KindOfName(const std::string& name);

/// The order of a listing.
enum class ListingOrder {
  kAsFound,  ///< The file system's; memory grows with the depth of the tree only.
  kByName,   ///< Of the bytes of names in each folder; memory grows with the largest folders, too.
};

/// The content of an image that was listed. Errors: as ReadWhole.
[[nodiscard]] Result<std::vector<std::byte>> ReadContent(const ImageFile& image, std::int64_t max_bytes);

/// Streams files, one at a time. Not thread-safe.
class Listing {
 public:
  /// Where they come from.
  class Source {
   public:
    Source() = default;
    virtual ~Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    [[nodiscard]] virtual Result<std::optional<ImageFile>> Next() = 0;
    [[nodiscard]] virtual std::int64_t ignored() const { return 0; }
    [[nodiscard]] virtual std::vector<std::string> inputs() const { return {}; }
    [[nodiscard]] virtual bool has_bucket() const { return false; }
  };

  explicit Listing(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  /// The files of several inputs: the first comes before the last folder was read; of a bucket a page of
  /// 1,000 objects is held. Of a bucket the order is that of the keys. Symbolic links are followed; a link
  /// that leads back into a folder above itself is left out. Hidden files and folders are ignored. `inputs`:
  /// folders and files, s3://BUCKET/PREFIX and objects. `globs`: see NamePatterns; a file named as an input
  /// always matches. Errors: kNotFound, kIo (an input folder that may not be searched), kInvalidArgument (an
  /// input inside another one would give its images twice).
  [[nodiscard]] static Result<Listing> Open(const std::vector<std::string>& inputs,
                                            std::vector<std::string> globs,
                                            const Storage& storage = Storage(),
                                            ListingOrder order = ListingOrder::kAsFound);

  /// The next file; empty at the end. Errors: kIo, kNotFound (a bucket that cannot be listed any further).
  [[nodiscard]] Result<std::optional<ImageFile>> Next() { return source_->Next(); }

  /// Files passed over so far: hidden, or not matched by the globs.
  [[nodiscard]] std::int64_t ignored() const { return source_->ignored(); }

  /// The inputs as run.json names them: absolute paths and URIs.
  [[nodiscard]] std::vector<std::string> inputs() const { return source_->inputs(); }

  /// Whether any input lies in a bucket.
  [[nodiscard]] bool has_bucket() const { return source_->has_bucket(); }

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace coulis
