// What a job is to read, as its options say.
#pragma once

#include "coulis/pipeline.h"
#include "coulis/result.h"
#include "store/container.h"
#include "store/listing.h"

namespace coulis {

/// The files of `options.inputs`, or of its manifest. Errors: kInvalidArgument (nothing to read; a manifest
/// beside several inputs, or beside one that is no folder), and as Listing::Open and OpenManifest. `storage`
/// has to outlive the listing.
[[nodiscard]] Result<Listing> OpenListing(const EmbedOptions& options, const Storage& storage,
                                          ListingOrder order = ListingOrder::kAsFound);

/// Threads to read them: as `options` say; else 2 for files of this machine, 16 when they are in a bucket.
[[nodiscard]] int ReadersOf(const Listing& listing, const StorageOptions& options);

/// A manifest as run.json names it: an absolute path, a URI, or "-"; empty: none.
[[nodiscard]] std::string ManifestText(const std::string& manifest);

/// How containers among them are read.
[[nodiscard]] ContainerOptions ContainersOf(const EmbedOptions& options);

}  // namespace coulis
