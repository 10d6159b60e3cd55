// Where Arrow's errors end: its Status becomes an Error, its exceptions are caught. Included by .cpp files
// only.
#pragma once

#include <arrow/status.h>

#include <cerrno>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include "base/path_text.h"
#include "base/system_error.h"
#include "coulis/result.h"

namespace coulis {

/// "WHAT FILE: reason", in one line.
inline Error ArrowError(const std::string& what, const std::filesystem::path& file,
                        const arrow::Status& status) {
  std::string reason = status.message();
  reason = reason.substr(0, reason.find('\n'));
  const std::string detail = status.detail() ? status.detail()->ToString() : "";  // "[errno 28] No space …"
  if (!detail.empty()) reason += ": " + detail;
  const bool missing = detail.starts_with("[errno 2]");
  return {missing ? ErrorCode::kNotFound : ErrorCode::kIo,
          what + " " + PathText(file.native()) + ": " + reason};
}

/// Runs `body`, which returns arrow::Status, and turns whatever comes out of it into a Result.
template <typename Body>
Result<void> CallArrow(const std::string& what, const std::filesystem::path& file, Body&& body) {
  arrow::Status status;
  try {
    status = std::forward<Body>(body)();
  } catch (const std::exception& problem) {  // Parquet throws below Arrow's surface
    status = arrow::Status::IOError(problem.what());
  }
  if (!status.ok()) return ArrowError(what, file, status);
  return {};
}

}  // namespace coulis
