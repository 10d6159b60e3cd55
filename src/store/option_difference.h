// Whether what was begun with some options can be continued with others.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis {

/// An option as it is given now, and as it was recorded.
struct RecordedOption {
  const char* what;
  std::string now;
  std::string before;
};

/// The values of an option that may be given several times, as one text.
[[nodiscard]] std::string Joined(const std::vector<std::string>& values);

/// The first that differs, e.g. "--layer is "a", was "b""; empty when none does.
[[nodiscard]] std::optional<std::string> FirstDifference(std::span<const RecordedOption> options);

/// kInvalidArgument, for such a difference.
[[nodiscard]] Error CannotResume(const std::string& difference);

}  // namespace coulis
