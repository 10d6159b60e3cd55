#include "cloud/step_end.h"

#include <algorithm>
#include <array>

namespace coulis::cloud {
namespace {

constexpr std::array<const char*, 5> kWays = {"exited with status ", "exitCode: ", "ExitCode: ", "exit code ",
                                              "exitCode="};

// The digits behind `say`, where the message has it; else empty.
std::string NumberAfter(const std::string& message, const std::string& say) {
  const std::size_t at = message.find(say);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + say.size();
  const std::size_t end = message.find_first_not_of("0123456789", begin);
  return message.substr(begin, end - begin);
}

}  // namespace

bool SaysExitCode(const std::string& message, int code) {
  return std::any_of(kWays.begin(), kWays.end(),
                     [&](const char* say) { return NumberAfter(message, say) == std::to_string(code); });
}

bool SaysAnExitCode(const std::string& message) {
  return std::any_of(kWays.begin(), kWays.end(),
                     [&](const char* say) { return !NumberAfter(message, say).empty(); });
}

}  // namespace coulis::cloud
