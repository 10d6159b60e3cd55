#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "coulis/result.h"

namespace coulis {

/// "WHAT: No such file or directory" for the current errno: kNotFound for ENOENT and ENOTDIR, else kIo.
[[nodiscard]] inline Error SystemError(const std::string& what, int number = errno) {
  const bool missing = number == ENOENT || number == ENOTDIR;
  return {missing ? ErrorCode::kNotFound : ErrorCode::kIo,
          what + ": " + std::generic_category().message(number)};
}

}  // namespace coulis
