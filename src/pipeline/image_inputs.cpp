#include "pipeline/image_inputs.h"

#include <filesystem>

#include "base/path_text.h"
#include "store/manifest.h"
#include "store/storage.h"

namespace coulis {

Result<Listing> OpenListing(const EmbedOptions& options, const Storage& storage, ListingOrder order) {
  const std::vector<std::string>& globs = options.globs.empty() ? DefaultGlobs() : options.globs;
  if (options.manifest.empty()) {
    if (options.inputs.empty())
      return Error{ErrorCode::kInvalidArgument, "no input was given: name INPUT, or a list with --files"};
    return Listing::Open(options.inputs, globs, storage, order);
  }
  const std::string input = options.inputs.empty() ? "" : options.inputs.front();
  std::error_code ignored;
  if (options.inputs.size() > 1 ||
      !(input.empty() || IsS3Text(input) || std::filesystem::is_directory(input, ignored))) {
    return Error{ErrorCode::kInvalidArgument,
                 "beside --files INPUT has to be one folder, the one that its relative paths are below"};
  }
  return OpenManifest(options.manifest, input, storage);
}

// Folders of this machine: one reader hides the latency of the page cache, a second one that of a disk.
int ReadersOf(const Listing& listing, const StorageOptions& options) {
  if (options.io_threads > 0) return options.io_threads;
  return listing.has_bucket() ? kBucketReaders : 2;
}

std::string ManifestText(const std::string& manifest) {
  if (manifest.empty() || manifest == "-" || IsS3Text(manifest)) return manifest;
  std::error_code ignored;
  return PathText(std::filesystem::canonical(manifest, ignored).native());
}

ContainerOptions ContainersOf(const EmbedOptions& options) {
  ContainerOptions containers;
  containers.max_bytes = options.decode.limits.max_bytes;
  containers.patterns = NamePatterns(options.globs);
  containers.image_column = options.image_column;
  return containers;
}

}  // namespace coulis
