#include "stats/householder.h"

#include <vector>

#include "stats/householder_kernel.h"

namespace coulis::stats {

extern const HouseholderKernel kHouseholderAvx2;

std::span<const HouseholderKernel> AvailableHouseholderKernels() {
  static const std::vector<HouseholderKernel> kernels = [] {
    std::vector<HouseholderKernel> available = {{"baseline", Reduce, Restore}};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
      available.push_back(kHouseholderAvx2);
    }
#endif
    return available;
  }();
  return kernels;
}

}  // namespace coulis::stats
