// Arrow's errors without the name of the file: rows have their path beside them. Included by .cpp files only.
#pragma once

#include <arrow/status.h>

#include <exception>
#include <string>
#include <utility>

#include "coulis/result.h"

namespace coulis {

/// The first line of what Arrow says.
inline std::string ArrowReason(const arrow::Status& status) {
  const std::string& reason = status.message();
  return reason.substr(0, reason.find('\n'));
}

/// Runs `body`, which returns arrow::Status; also what it throws becomes a status.
template <typename Body>
arrow::Status TryArrow(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& problem) {  // Parquet throws below Arrow's surface
    return arrow::Status::IOError(problem.what());
  }
}

/// The same as a Result: kIo with "WHAT: reason".
template <typename Body>
Result<void> CallArrow(const std::string& what, Body&& body) {
  const arrow::Status status = TryArrow(std::forward<Body>(body));
  if (!status.ok()) return Error{ErrorCode::kIo, what + ": " + ArrowReason(status)};
  return {};
}

}  // namespace coulis
