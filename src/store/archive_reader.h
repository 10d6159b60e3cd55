// The images of a tar or zip archive, read by libarchive. Included by .cpp files of this layer only.
#pragma once

#include <memory>
#include <string_view>

#include "store/archive_source.h"
#include "store/container.h"

namespace coulis {

enum class ArchiveFormat { kTar, kZip };

/// `coulis pack` marks its tar shards with this comment in a global pax header. Paths in them are keys
/// already: they are taken as they are and get no prefix.
inline constexpr std::string_view kPackedComment = "coulis pack 1";

/// Whether a tar that begins with `head` carries that comment.
[[nodiscard]] bool IsPackedTar(std::string_view head);

/// Reads from the front to the end; of a zip the entries themselves, not its directory, so that nothing grows
/// with their number and none can be read twice. Errors: kInternal (no memory).
[[nodiscard]] Result<std::unique_ptr<Container>> NewArchiveReader(ArchiveFormat format,
                                                                  std::unique_ptr<ArchiveSource> source,
                                                                  ContainerNames names,
                                                                  ContainerOptions options);

}  // namespace coulis
