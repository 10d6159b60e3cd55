#include "base/cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace coulis {
namespace {

constexpr int kNoLimit = std::numeric_limits<int>::max();

int AffinityCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

int CoresOf(double quota, double period) {
  if (quota <= 0 || period <= 0) return kNoLimit;
  return static_cast<int>(std::ceil(quota / period));
}

// cgroup v2: "max 100000" or "200000 100000".
int CgroupV2Cores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max") return kNoLimit;
  return CoresOf(std::strtod(quota.c_str(), nullptr), period);
}

int CgroupV1Cores() {
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) return kNoLimit;
  return CoresOf(quota, period);
}

}  // namespace

int UsableCores() {
  return std::max(1, std::min({AffinityCores(), CgroupV2Cores(), CgroupV1Cores()}));
}

}  // namespace coulis
