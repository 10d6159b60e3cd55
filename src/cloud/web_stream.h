// A file of the web, as it arrives. The only place of this layer that includes libcurl.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "coulis/result.h"

namespace coulis::cloud {

/// GET; `take` gets the body in pieces, and its error ends the transfer. Redirections are followed, proxies
/// as curl's variables say. Errors: kIo (no connection, cut off, 30 s of silence, a status that is not 2xx:
/// with the reason alone), kCancelled, and those of `take`.
[[nodiscard]] Result<void> StreamUrl(const std::string& url,
                                     const std::function<Result<void>(std::string_view)>& take,
                                     const std::stop_token& stop);

}  // namespace coulis::cloud
