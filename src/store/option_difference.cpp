#include "store/option_difference.h"

namespace coulis {

std::string Joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : " ") + value;
  return text;
}

std::optional<std::string> FirstDifference(std::span<const RecordedOption> options) {
  for (const RecordedOption& option : options) {
    if (option.now != option.before) {
      return std::string(option.what) + " is \"" + option.now + "\", was \"" + option.before + "\"";
    }
  }
  return std::nullopt;
}

Error CannotResume(const std::string& difference) {
  return {ErrorCode::kInvalidArgument,
          "cannot resume: " + difference + ": use the same, or --overwrite to begin anew"};
}

}  // namespace coulis
