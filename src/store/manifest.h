// A list of files to read, instead of folders to search.
#pragma once

#include <string>

#include "coulis/result.h"
#include "store/listing.h"
#include "store/storage.h"

namespace coulis {

/// The files that `manifest` names, in its order, read as it goes on: a path a line; or, when its name ends
/// with .csv or its first line has a field "path", CSV with a header and the columns path and, if there,
/// label; or Parquet with these columns. Both the manifest and what it names may be in buckets
/// (s3://BUCKET/KEY). "-": standard input, lines or CSV. A relative path is one below `input`, a folder, or,
/// when that is empty, below the manifest's folder (of "-": the current one). Keys are the paths as they are
/// written, and have to be unique. A file of which no label is said has the name of its folder. What cannot
/// be read of a manifest is a file with an error, the last one. `storage` has to outlive the listing. Errors:
/// kNotFound, kIo, kInvalidArgument (no column path).
[[nodiscard]] Result<Listing> OpenManifest(const std::string& manifest, const std::string& input,
                                           const Storage& storage);

}  // namespace coulis
