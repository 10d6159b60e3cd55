// Compiled with -mavx2 -mfma, and with Eigen's namespace renamed (CMakeLists.txt).
#if defined(__x86_64__)
#include "stats/householder.h"
#include "stats/householder_kernel.h"

namespace coulis::stats {

extern const HouseholderKernel kHouseholderAvx2;
constexpr HouseholderKernel kHouseholderAvx2 = {"avx2", Reduce, Restore};

}  // namespace coulis::stats
#endif
