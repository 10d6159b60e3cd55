#include "store/image_files.h"

#include <arrow/buffer.h>
#include <sys/stat.h>

#include <memory>
#include <string_view>
#include <utility>

#include "base/system_error.h"
#include "store/arrow_errors.h"
#include "store/arrow_reason.h"
#include "store/location_streams.h"
#include "store/noted_file.h"

namespace coulis {
namespace {

using File = std::shared_ptr<NotedFile>;

// A pipe would be waited for for ever.
Result<void> CheckRegular(const Location& file) {
  struct stat status{};
  if (file.bucket() != nullptr) return {};
  if (::stat(file.path().c_str(), &status) != 0) return SystemError("cannot be opened");
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kIo, "not a regular file"};
  return {};
}

Result<File> OpenToRead(const ImageFile& file) {
  if (Result<void> regular = CheckRegular(file.file); !regular) return regular.error();
  std::shared_ptr<arrow::io::RandomAccessFile> content;
  const arrow::Status opened = TryArrow([&] { return OpenInput(file.file, file.bytes).Value(&content); });
  if (opened.ok()) return std::make_shared<NotedFile>(std::move(content));
  if (file.file.bucket() != nullptr) return ArrowError("cannot read", file.file, opened);
  return Error{ErrorCode::kIo, "cannot be opened: " + ArrowReason(opened)};
}

// "train/apples.v2.tar.gz" → "apples.v2"
std::string Stem(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  while (IsContainerName(path)) path = path.substr(0, path.rfind('.'));
  return std::string(path);
}

// Files whose names say nothing: an image unless they begin as containers do.
bool IsImage(const ImageFile& file, const File& content) {
  if (file.kind != FileKind::kUnknown) return false;
  const auto head = content->ReadAt(0, kKindBytes);
  return head.ok() && KindOf(std::string_view(**head)) == ContainerKind::kNone;
}

bool IsWanted(const ContainerOptions& options, const std::string& path) {
  return !options.wish || options.wish(path) == Wish::kTake;
}

void ReadImage(const ImageFile& file, const ContainerOptions& options,
               const std::function<bool(Member)>& take) {
  if (file.error) {
    take({file.path, file.label, *file.error});
    return;
  }
  if (!IsWanted(options, file.path)) return;
  take({file.path, file.label, ReadContent(file, options.max_bytes)});
}

std::int64_t ReadMembers(Container& container, const ImageFile& file, const NotedFile& content,
                         const ContainerOptions& options, const std::function<bool(Member)>& take) {
  while (std::optional<Member> member = container.Next()) {
    if (!member->bytes && !content.failure().ok()) {
      member->bytes = ArrowError("cannot read", file.file, content.failure());
    }
    const bool is_container = member->path == file.path + '/';
    if (is_container && !IsWanted(options, member->path)) break;
    if (file.is_labelled) member->label = file.label;
    if (!take(*std::move(member))) break;
  }
  return container.ignored();
}

}  // namespace

std::int64_t ReadImages(const ImageFile& file, const ContainerOptions& options,
                        const std::function<bool(Member)>& take) {
  if (file.kind == FileKind::kImage || file.error) {
    ReadImage(file, options, take);
    return 0;
  }
  const ContainerNames names{file.path + '/', file.prefix, file.is_labelled ? file.label : Stem(file.path)};
  Result<File> content = OpenToRead(file);
  if (content && IsImage(file, *content)) {
    ReadImage(file, options, take);
    return 0;
  }
  Result<std::unique_ptr<Container>> container =
      content ? OpenContainer(*content, names, options) : content.error();
  if (container) return ReadMembers(**container, file, **content, options, take);
  if (container.error().code == ErrorCode::kNotFound && content && !file.is_named) return 1;
  const bool unreadable = content && !(*content)->failure().ok();
  const Error error =
      unreadable ? ArrowError("cannot read", file.file, (*content)->failure()) : container.error();
  if (IsWanted(options, names.own)) take({names.own, names.label, error});
  return 0;
}

bool BucketFailed(const ImageFile& file, const Member& image) {
  return file.file.bucket() != nullptr && !image.bytes && image.bytes.error().code == ErrorCode::kIo;
}

}  // namespace coulis
