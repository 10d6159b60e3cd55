// File names as text: a path column must be UTF-8, a file name on Linux need not be.
#pragma once

#include <string>
#include <string_view>

namespace coulis {

/// True when `bytes` is well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates).
[[nodiscard]] bool IsUtf8(std::string_view bytes);

/// The name as UTF-8, reversibly. A well-formed name without the two characters `\x` is left as it is. In any
/// other each byte that is not part of well-formed UTF-8 becomes `\xHH` (lower-case hex) and each backslash
/// becomes two, so two different names never give the same text.
[[nodiscard]] std::string PathText(std::string_view name);

/// The bytes of the name that PathText wrote as `text`.
[[nodiscard]] std::string PathBytes(std::string_view text);

}  // namespace coulis
