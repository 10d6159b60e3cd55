#include "store/container.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "store/archive_reader.h"
#include "store/archive_source.h"
#include "store/arrow_reason.h"
#include "store/image_table.h"

namespace coulis {
namespace {

constexpr std::size_t kTarBlock = 512;
constexpr std::size_t kChecksumBegin = 148;
constexpr std::size_t kChecksumEnd = 156;

// The sum over a header's bytes, those of the sum itself taken as spaces (POSIX.1-2001, pax, "ustar").
bool IsTarHeader(std::string_view block) {
  if (block.size() < kTarBlock) return false;
  unsigned sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    const bool is_sum = i >= kChecksumBegin && i < kChecksumEnd;
    sum += static_cast<unsigned char>(is_sum ? ' ' : block[i]);
  }
  std::string_view digits = block.substr(kChecksumBegin, kChecksumEnd - kChecksumBegin);
  digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
  unsigned written = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), written, 8);
  return parsed.ec == std::errc() && written == sum;
}

// Nothing but the blocks of zeros that end an archive.
bool IsEmptyTar(std::string_view head) {
  return head.size() >= kTarBlock && head.find_first_not_of('\0') == std::string_view::npos;
}

Result<std::unique_ptr<Container>> OpenArchive(ArchiveFormat format, bool is_gzip,
                                               const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                                               ContainerNames names, ContainerOptions options) {
  std::unique_ptr<ArchiveSource> source;
  Result<void> opened = CallArrow("cannot be read", [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(source, ArchiveSource::Open(file, is_gzip));
    return arrow::Status::OK();
  });
  if (!opened) return opened.error();
  if (is_gzip && KindOf(source->head()) != ContainerKind::kTar) {
    return Error{ErrorCode::kBadImage,
                 "gzip that holds no tar archive, which is all that can be read of gzip"};
  }
  return NewArchiveReader(format, std::move(source), std::move(names), std::move(options));
}

}  // namespace

ContainerKind KindOf(std::string_view head) {
  using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace): literals only
  if (head.starts_with("PAR1")) return ContainerKind::kParquet;
  if (head.starts_with("PK\3\4"sv) || head.starts_with("PK\5\6"sv)) return ContainerKind::kZip;
  if (head.starts_with("\x1f\x8b\x08"sv)) return ContainerKind::kGzip;
  if (IsTarHeader(head) || IsEmptyTar(head)) return ContainerKind::kTar;
  return ContainerKind::kNone;
}

Result<std::unique_ptr<Container>> OpenContainer(const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                                                 ContainerNames names, ContainerOptions options) {
  std::string head;
  Result<void> read = CallArrow("cannot be read", [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto first, file->ReadAt(0, kKindBytes));
    head = first->ToString();
    return arrow::Status::OK();
  });
  if (!read) return read.error();
  switch (KindOf(head)) {
    case ContainerKind::kTar:
      return OpenArchive(ArchiveFormat::kTar, /*is_gzip=*/false, file, std::move(names), std::move(options));
    case ContainerKind::kGzip:
      return OpenArchive(ArchiveFormat::kTar, /*is_gzip=*/true, file, std::move(names), std::move(options));
    case ContainerKind::kZip:
      return OpenArchive(ArchiveFormat::kZip, /*is_gzip=*/false, file, std::move(names), std::move(options));
    case ContainerKind::kParquet:
      return OpenImageTable(file, std::move(names), std::move(options));
    case ContainerKind::kNone:
      break;
  }
  return Error{ErrorCode::kBadImage,
               "neither an image nor a container that can be read (tar, tar.gz, zip, Parquet)"};
}

}  // namespace coulis
