// The same images of a folder each time, in an order that takes turns with its sub-folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coulis/image.h"
#include "coulis/result.h"
#include "store/container.h"
#include "store/listing.h"

namespace coulis {

/// Images of a folder one after the other, members of containers among them: one of each sub-folder, then
/// another of each, and so on; within a sub-folder in the order of the hashes of their paths below the
/// folder. So any first part is spread over the labels, depends on nothing but names, and is disjoint from
/// what follows. Memory grows with the number of paths. Members are read a few at a time, from the front of
/// their containers. Not thread-safe.
class ImageSample {
 public:
  /// Lists everything, `folder` being a folder or a container. Errors: kNotFound (no such folder, no image),
  /// kIo.
  [[nodiscard]] static Result<ImageSample> Open(const std::filesystem::path& folder, const ImageFit& fit,
                                                const DecodeOptions& decode);

  /// Images found.
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(order_.size()); }
  /// Bytes of an image's pixels.
  [[nodiscard]] std::size_t pixel_bytes() const;
  /// Images so far that could not be used.
  [[nodiscard]] std::int64_t bad() const { return bad_; }

  /// The next image that can be used: its label; its pixels go to `pixels`. Empty at the end. `skip`: sha256
  /// of files that are passed over, sorted.
  [[nodiscard]] std::optional<std::string> Next(std::span<std::uint8_t> pixels,
                                                std::span<const std::string> skip = {});

  /// sha256 of the file that Next gave last.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }

 private:
  // An image: the file that holds it, and its path.
  struct Place {
    std::size_t file;
    std::string path;
  };
  class Finder;

  ImageSample(std::vector<ImageFile> files, std::vector<Place> order, const ImageFit& fit,
              const DecodeOptions& decode);

  [[nodiscard]] Member Take(std::size_t index);

  std::vector<ImageFile> files_;
  std::vector<Place> order_;
  ContainerOptions containers_;
  std::map<std::string, Member> ready_;  // that come soon, by path
  ImageFit fit_;
  DecodeOptions decode_;
  Preprocessor preprocessor_;
  std::size_t next_ = 0;
  std::int64_t bad_ = 0;
  std::string sha256_;
};

}  // namespace coulis
