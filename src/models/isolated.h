// Work on bytes of strangers by a library that may not survive them, in a process of its own.
#pragma once

#include <functional>
#include <string>

#include "coulis/result.h"

namespace coulis::models {

/// Runs `work` in a forked child and gives back what it returned. Whatever the work does to its process (a
/// crash, a loop without end: 30 s of processor time are allowed, an appetite for more than 16 GB) is an
/// error here, kBadModel. The child prints nothing and dies with its parent. `work` sees a copy of the
/// caller's memory and only its own thread, so it must not wait for a lock that another thread may hold.
/// Errors: those of `work`; kInternal (no process to be had).
[[nodiscard]] Result<std::string> RunIsolated(const std::function<Result<std::string>()>& work);

}  // namespace coulis::models
