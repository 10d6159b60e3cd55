// Where Arrow's errors end: its Status becomes an Error, its exceptions are caught. Included by .cpp files
// only.
#pragma once

#include <arrow/status.h>

#include <cerrno>
#include <string>
#include <utility>

#include "coulis/result.h"
#include "store/arrow_reason.h"
#include "store/location.h"
#include "store/s3_errors.h"

namespace coulis {

/// "WHAT FILE: reason", in one line. `otherwise`: the code of what is neither missing nor a store's refusal.
inline Error ArrowError(const std::string& what, const Location& file, const arrow::Status& status,
                        ErrorCode otherwise = ErrorCode::kIo) {
  std::string reason = status.message();
  if (file.bucket() != nullptr && reason.find("AWS Error") != std::string::npos) {
    return S3Error(what, file.Text(), S3CodeIn(reason), reason);
  }
  reason = ArrowReason(status);
  const std::string detail = status.detail() ? status.detail()->ToString() : "";  // "[errno 28] No space …"
  if (!detail.empty()) reason += ": " + detail;
  const bool missing = detail.starts_with("[errno 2]");
  return {missing ? ErrorCode::kNotFound : otherwise, what + " " + file.Text() + ": " + reason};
}

/// Runs `body`, which returns arrow::Status, and turns whatever comes out of it into a Result.
template <typename Body>
Result<void> CallArrow(const std::string& what, const Location& file, Body&& body,
                       ErrorCode otherwise = ErrorCode::kIo) {
  const arrow::Status status = TryArrow(std::forward<Body>(body));
  if (!status.ok()) return ArrowError(what, file, status, otherwise);
  return {};
}

/// The same for reading results: what Arrow cannot read was there, but is damaged.
template <typename Body>
Result<void> ReadArrow(const std::string& what, const Location& file, Body&& body) {
  return CallArrow(what, file, std::forward<Body>(body), ErrorCode::kBadResults);
}

}  // namespace coulis
