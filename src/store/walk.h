// How the files of one input are found. Included by .cpp files of this layer only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "store/listing.h"
#include "store/location.h"

namespace coulis {

/// A file below an input, or a folder below it that could not be searched (then `error` is set).
struct WalkedFile {
  std::string below;  ///< Its path below the input.
  std::int64_t bytes = -1;
  std::optional<Error> error;
};

/// The files of one folder, one at a time. Not thread-safe.
class Walk {
 public:
  virtual ~Walk() = default;
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  /// The next file that is not hidden; empty at the end.
  [[nodiscard]] virtual Result<std::optional<WalkedFile>> Next() = 0;

  /// Hidden files and folders passed over so far.
  [[nodiscard]] std::int64_t hidden() const { return hidden_; }

 protected:
  Walk() = default;
  void AddHidden() { ++hidden_; }

 private:
  std::int64_t hidden_ = 0;
};

/// What is in a bucket comes in the order of the keys.
[[nodiscard]] std::unique_ptr<Walk> WalkFolder(const Location& folder, ListingOrder order);
[[nodiscard]] std::unique_ptr<Walk> WalkBucket(const Location& folder);

}  // namespace coulis
