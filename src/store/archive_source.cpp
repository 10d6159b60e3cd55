#include "store/archive_source.h"

#include <arrow/io/compressed.h>

#include <algorithm>
#include <utility>

#include "store/container.h"

namespace coulis {
namespace {

// One request to an object store, so not small; what a reader holds, so not large.
constexpr std::int64_t kBlock = std::int64_t{1} << 20;

}  // namespace

arrow::Result<std::unique_ptr<ArchiveSource>> ArchiveSource::Open(
    std::shared_ptr<arrow::io::RandomAccessFile> file, bool is_gzip) {
  std::unique_ptr<ArchiveSource> source(new ArchiveSource);
  source->file_ = std::move(file);
  ARROW_RETURN_NOT_OK(source->file_->Seek(0));
  source->stream_ = source->file_;
  if (is_gzip) {
    ARROW_ASSIGN_OR_RAISE(source->codec_, arrow::util::Codec::Create(arrow::Compression::GZIP));
    ARROW_ASSIGN_OR_RAISE(source->stream_,
                          arrow::io::CompressedInputStream::Make(source->codec_.get(), source->file_));
  }
  source->head_.resize(kKindBytes);
  ARROW_ASSIGN_OR_RAISE(const std::int64_t got, source->stream_->Read(kKindBytes, source->head_.data()));
  source->head_.resize(static_cast<std::size_t>(got));
  return source;
}

arrow::Result<std::string_view> ArchiveSource::Next() {
  if (!std::exchange(head_given_, true)) return head_;
  block_.resize(kBlock);
  ARROW_ASSIGN_OR_RAISE(const std::int64_t got, stream_->Read(kBlock, block_.data()));
  given_ += got;
  if (codec_ && given_ > kFreeExpansion) {
    ARROW_ASSIGN_OR_RAISE(const std::int64_t packed, file_->Tell());
    if (given_ / kMostExpansion > packed) {
      return arrow::Status::Invalid("it expands to more than ", kMostExpansion,
                                    " times its size, as decompression bombs do");
    }
  }
  return std::string_view(block_).substr(0, static_cast<std::size_t>(got));
}

arrow::Result<std::int64_t> ArchiveSource::Skip(std::int64_t count) {
  if (codec_ || count < kBlock) return 0;
  ARROW_ASSIGN_OR_RAISE(const std::int64_t size, file_->GetSize());
  ARROW_ASSIGN_OR_RAISE(const std::int64_t position, file_->Tell());
  // Not beyond the end: there the archive would seem whole.
  const std::int64_t skipped = std::clamp<std::int64_t>(size - position, 0, count);
  ARROW_RETURN_NOT_OK(file_->Seek(position + skipped));
  return skipped;
}

}  // namespace coulis
