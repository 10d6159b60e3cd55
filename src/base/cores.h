#pragma once

namespace coulis {

/// Cores that this process may use: the smaller of its CPU affinity and its control group's quota (cgroup v2
/// or v1, rounded up), at least 1. What `--threads` defaults to, so that a container with two cores runs two.
[[nodiscard]] int UsableCores();

}  // namespace coulis
