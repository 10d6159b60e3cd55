#include "cloud/step_end.h"

#include <algorithm>
#include <array>

namespace coulis::cloud {

bool SaysExitCode(const std::string& message, int code) {
  const std::string number = std::to_string(code);
  const std::array<std::string, 5> ways = {"exited with status ", "exitCode: ", "ExitCode: ", "exit code ",
                                           "exitCode="};
  return std::any_of(ways.begin(), ways.end(), [&](const std::string& say) {
    const std::size_t at = message.find(say + number);
    if (at == std::string::npos) return false;
    const std::size_t end = at + say.size() + number.size();
    return end == message.size() || message[end] < '0' || message[end] > '9';
  });
}

}  // namespace coulis::cloud
