// Which rows of features/ and pca/ belong together, found in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "coulis/result.h"

namespace coulis {

/// What is wrong with the rows of a result; all 0 when nothing is.
struct RowMismatches {
  std::int64_t duplicates = 0;    ///< Rows of features/ whose path came before.
  std::int64_t missing = 0;       ///< Good rows of features/ that pca/ has not.
  std::int64_t strangers = 0;     ///< Rows of pca/ that are no good row of features/, or come twice.
  std::int64_t other_labels = 0;  ///< Rows of pca/ with another label than in features/.
};

/// Takes all rows in any order and matches them by path. Of each row it keeps 16 bytes, hashes among them;
/// what is more than 1 MiB goes to a temporary file, sorted, to be merged in the end. With 64 bits of hash
/// two different paths among ten million count as duplicates once in 400,000 times. Not thread-safe.
class RowMatcher {
 public:
  /// Errors: kIo (no room for the temporary file).
  [[nodiscard]] Result<void> AddFeatures(const std::string& path, const std::optional<std::string>& label,
                                         bool good);
  [[nodiscard]] Result<void> AddPca(const std::string& path, const std::optional<std::string>& label);

  /// To be called once, at the end. Errors: kIo.
  [[nodiscard]] Result<RowMismatches> Finish();

  /// Rows that are kept in memory.
  static constexpr std::size_t kMostInMemory = std::size_t{1} << 16;

 private:
  enum class Kind : std::uint32_t { kGood, kBad, kPca };
  struct Entry {
    std::uint64_t path;
    std::uint32_t label;
    Kind kind;
  };
  class Run;
  class Matching;

  [[nodiscard]] Result<void> Add(const std::string& path, const std::optional<std::string>& label, Kind kind);
  [[nodiscard]] Result<void> Spill();

  std::vector<Entry> entries_;
  FileDescriptor file_;
  std::vector<std::size_t> run_lengths_;  // of the sorted runs in file_, one after the other
};

}  // namespace coulis
