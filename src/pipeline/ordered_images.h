// Reads many files at once and gives their images in the order of the files.
#pragma once

#include <functional>
#include <stop_token>

#include "coulis/progress.h"
#include "coulis/result.h"
#include "store/container.h"
#include "store/listing.h"

namespace coulis {

/// Calls `take` on the calling thread with each image, good or bad, of all files of `listing`, in their
/// order, while `readers` threads read ahead. `containers.wish` is asked for each before it is read, in no
/// order. Counts images as found. After a stop, or an error of `take`, nothing more is read; the result is
/// kCancelled, or that error. Memory: of each file that is read ahead, some images.
[[nodiscard]] Result<void> ReadInOrder(Listing& listing, const ContainerOptions& containers, int readers,
                                       Progress& progress, const std::stop_token& stop,
                                       const std::function<Result<void>(Member)>& take);

}  // namespace coulis
