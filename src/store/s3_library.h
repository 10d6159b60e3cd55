#pragma once

#include "coulis/result.h"

namespace coulis {

/// Starts Arrow's S3 part, once in a process and only when a bucket is used: it has a state of its own for
/// the whole process, and must be told to end before the process does. That happens when this library's
/// static objects are destroyed: at exit(), after main. Thread-safe. Errors: kInternal.
[[nodiscard]] Result<void> StartS3();

}  // namespace coulis
