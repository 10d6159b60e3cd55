// Locations as Arrow reads and writes them. Included by .cpp files of this layer only.
#pragma once

#include <arrow/io/interfaces.h>

#include <cstdint>
#include <memory>

#include "coulis/result.h"
#include "store/location.h"

namespace coulis {

/// A file to be read in any order. `size`: of an object, as a listing said; -1 costs a request. Errors: kIo,
/// kNotFound.
[[nodiscard]] arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(const Location& file,
                                                                                    std::int64_t size = -1);

/// A file that becomes visible, whole, with Commit: on this machine it is written aside, flushed and renamed;
/// in a bucket it is uploaded in pieces in the background while it is written. Not thread-safe.
class OutputFile {
 public:
  OutputFile() = default;
  [[nodiscard]] static arrow::Result<OutputFile> Create(const Location& file);
  /// Drops what was not committed.
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept = default;
  OutputFile& operator=(OutputFile&&) noexcept;

  /// Null when there is nothing to be written any more.
  [[nodiscard]] const std::shared_ptr<arrow::io::OutputStream>& stream() const { return stream_; }

  [[nodiscard]] Result<void> Commit();

  /// Drops what was written; nothing to drop is fine.
  void Drop();

 private:
  [[nodiscard]] std::filesystem::path Aside() const;

  Location file_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
};

}  // namespace coulis
