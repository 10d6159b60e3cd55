#include "store/location_streams.h"

#include <arrow/filesystem/s3fs.h>
#include <arrow/io/file.h>

#include <utility>

#include "base/durable_file.h"
#include "store/arrow_errors.h"
#include "store/bucket.h"

namespace coulis {

arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(const Location& file,
                                                                      std::int64_t size) {
  const std::string& path = file.path().native();
  if (file.bucket() == nullptr) return arrow::io::ReadableFile::Open(path);
  const std::string object = file.bucket()->name() + "/" + path;
  if (size < 0) return file.bucket()->files().OpenInputFile(object);
  arrow::fs::FileInfo info(object, arrow::fs::FileType::File);
  info.set_size(size);
  return file.bucket()->files().OpenInputFile(info);
}

arrow::Result<OutputFile> OutputFile::Create(const Location& file) {
  OutputFile made;
  made.file_ = file;
  if (file.bucket() == nullptr) {
    ARROW_ASSIGN_OR_RAISE(made.stream_, arrow::io::FileOutputStream::Open(made.Aside().native()));
  } else {
    const std::string object = file.bucket()->name() + "/" + file.path().native();
    ARROW_ASSIGN_OR_RAISE(made.stream_, file.bucket()->files().OpenOutputStream(object));
  }
  return made;
}

OutputFile::~OutputFile() {
  Drop();
}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(stream_, other.stream_);
  return *this;
}

Result<void> OutputFile::Commit() {
  Result<void> closed = CallArrow("cannot write", file_, [&] { return stream_->Close(); });
  if (!closed) return closed;
  if (file_.bucket() == nullptr) {
    if (Result<void> renamed = RenameDurably(Aside(), file_.path()); !renamed) return renamed;
  }
  stream_.reset();
  return {};
}

void OutputFile::Drop() {
  if (!stream_) return;
  (void)CallArrow("", file_, [&] { return stream_->Abort(); });
  stream_.reset();
  if (file_.bucket() != nullptr) {
    // Arrow aborts none whose end has failed.
    AbortUploads(file_);
    return;
  }
  std::error_code ignored;
  std::filesystem::remove(Aside(), ignored);
}

std::filesystem::path OutputFile::Aside() const {
  return file_.path().parent_path() / ("." + file_.path().filename().string() + ".tmp");
}

}  // namespace coulis
