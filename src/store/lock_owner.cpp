#include "store/lock_owner.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/path_text.h"
#include "base/utc_now.h"
#include "store/json_text.h"

namespace coulis {
namespace {

using Json = nlohmann::ordered_json;

std::string ThisHost() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// Process numbers mean the same only within one boot and one namespace (a container has its own).
std::string ThisBoot() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::error_code ignored;
  return boot + " " + std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
}

// Field 22 of /proc/PID/stat, counted after the name in parentheses, which may hold anything. 0: no such
// process.
std::int64_t StartTicks(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t end = line.rfind(')');
  if (end == std::string::npos) return 0;
  std::istringstream rest(line.substr(end + 1));
  std::string field;
  for (int number = 3; number <= 21; ++number) rest >> field;
  std::int64_t ticks = 0;
  rest >> ticks;
  return ticks;
}

std::string RandomId() {
  std::random_device random;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x%08x%08x", random(), random(), random(), random());
  return text.data();
}

}  // namespace

LockOwner LockOwner::Me() {
  const std::int64_t pid = ::getpid();
  return {.host = ThisHost(),
          .pid = pid,
          .since = UtcNow(),
          .boot = ThisBoot(),
          .ticks = StartTicks(pid),
          .id = RandomId()};
}

std::optional<LockOwner> LockOwner::FromJson(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    return LockOwner{.host = json.at("host").get<std::string>(),
                     .pid = json.at("pid").get<std::int64_t>(),
                     .since = json.at("since").get<std::string>(),
                     .boot = json.at("boot").get<std::string>(),
                     .ticks = json.at("ticks").get<std::int64_t>(),
                     .id = json.at("id").get<std::string>()};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string LockOwner::ToJson() const {
  const Json json = {{"host", host}, {"pid", pid},     {"since", since},
                     {"boot", boot}, {"ticks", ticks}, {"id", id}};
  return JsonText(json);
}

bool LockOwner::IsDead() const {
  if (boot != ThisBoot() || boot.size() < 2) return false;
  if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
  return StartTicks(pid) != ticks;
}

std::string LockOwner::Text() const {
  return "process " + std::to_string(pid) + " of " + PathText(host) + ", since " + PathText(since);
}

}  // namespace coulis
