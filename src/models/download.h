// Downloads that survive a network which does not. The only place of this layer that includes libcurl.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::models {

/// What is to be downloaded, and how to know that it is that.
struct DownloadSource {
  /// http, https or file.
  std::string url;
  /// Exact, in bytes.
  std::uint64_t size = 0;
  /// Lower-case hex; empty: not checked.
  std::string sha256;
};

/// The content, once it has the right size and hash. What has arrived is kept in `folder` (made when missing)
/// in a file NAME.part, so that a download that was cut off, or whose process was killed, goes on where it
/// stopped when the server still has the same file (Range with If-Range); it is removed when it is complete
/// or turns out wrong. What may pass (no connection, a cut one, 30 s without data, a server's 5xx, 408 and
/// 429) is tried four times with growing pauses. Processes that want the same take turns. `report` gets a
/// line at the beginning, each tenth and each new try; may be empty. Proxies: as curl's variables say.
/// Errors: kInvalidArgument (not such a URL), kIo (network, disk), kNotFound (the server has no such file),
/// kBadModel (wrong size or hash).
[[nodiscard]] Result<std::vector<std::byte>> Download(const DownloadSource& source,
                                                      const std::filesystem::path& folder,
                                                      const std::function<void(const std::string&)>& report);

}  // namespace coulis::models
