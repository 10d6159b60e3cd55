// What S3 answers, as one line for a person: what was wrong and what to do; and what must never be said.
#pragma once

#include <string>
#include <string_view>

#include "coulis/result.h"

namespace coulis {

/// The error code ("NoSuchBucket") in a message of Arrow or of the AWS SDK, which spell it in several ways;
/// empty when none is known.
[[nodiscard]] std::string S3CodeIn(const std::string& message);

/// The code that stands for an answer without a body, as to HEAD: 403 is AccessDenied. Empty: no known one.
[[nodiscard]] std::string_view S3CodeOf(long http_status);

/// "WHAT WHERE: …": kNotFound for what does not exist, kBadImage for an object that cannot be read as it is
/// (archived), else kIo. `detail` is shown, scrubbed, where `code` is not known.
[[nodiscard]] Error S3Error(const std::string& what, const std::string& where, const std::string& code,
                            const std::string& detail);

/// The text without access keys, signatures and tokens: what looks like one becomes "***". In one line.
[[nodiscard]] std::string Scrubbed(std::string text);

}  // namespace coulis
