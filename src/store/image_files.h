// What a listed file holds: one image, or many.
#pragma once

#include <cstdint>
#include <functional>

#include "store/container.h"
#include "store/listing.h"

namespace coulis {

/// Gives `take` each image of `file`, good or bad, until it returns false: the image itself, or the members
/// of a container. `options.wish` is asked for each, also for a container as a whole when there is something
/// wrong with it. Containers are told by content, but for files that are called like images, which are
/// images. A container that cannot be read is one bad member, whose path ends with a slash; when it is its
/// storage that fails the error is that of the storage; a Parquet file without a column of bytes, found in a
/// folder, holds no images. Returns the number of members passed over for their names. Thread-safe as far as
/// `take` and `wish` are.
std::int64_t ReadImages(const ImageFile& file, const ContainerOptions& options,
                        const std::function<bool(Member)>& take);

/// Whether it is the bucket that failed, and not this image of `file`: then every image that is left would be
/// a bad one too.
[[nodiscard]] bool BucketFailed(const ImageFile& file, const Member& image);

}  // namespace coulis
