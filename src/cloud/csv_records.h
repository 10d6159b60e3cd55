// Comma-separated values (RFC 4180) as a stream: of a file of any size, one record is in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coulis/result.h"

namespace coulis::cloud {

/// Takes a file in pieces of any size and hands on its records. Fields may be quoted, with "" for a quote,
/// and then hold commas and ends of lines. Not thread-safe.
class CsvRecords {
 public:
  /// The fields, which are gone after the call.
  using Take = std::function<Result<void>(std::span<const std::string>)>;
  static constexpr std::size_t kMostBytes = 1 << 20;  ///< Of a record.

  explicit CsvRecords(Take take) : take_(std::move(take)) {}

  /// Errors: kInvalidArgument (a record above kMostBytes), and those of `take`.
  [[nodiscard]] Result<void> Feed(std::string_view bytes);

  /// After the last piece. Errors: kInvalidArgument (the file ends within quotes), and those of `take`.
  [[nodiscard]] Result<void> End();

 private:
  std::string& Field();
  [[nodiscard]] Result<void> EndRecord();

  Take take_;
  std::vector<std::string> fields_;  // The first `count_` are of this record; the rest keep their memory.
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  bool in_field_ = false;
  bool quoted_ = false;
  bool quote_seen_ = false;  // Within quotes: their end, or the first half of "".
};

}  // namespace coulis::cloud
