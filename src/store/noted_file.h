// A file that remembers what went wrong with reading it. Included by .cpp files of this layer only.
#pragma once

#include <arrow/io/interfaces.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace coulis {

/// Whoever reads a format says that the file is damaged when it was the storage that failed: this one knows.
/// As thread-safe as the file that it reads, but for failure().
class NotedFile : public arrow::io::RandomAccessFile {
 public:
  explicit NotedFile(std::shared_ptr<arrow::io::RandomAccessFile> file) : file_(std::move(file)) {}

  /// The first status that was not OK.
  [[nodiscard]] const arrow::Status& failure() const { return failure_; }

  arrow::Status Close() override { return file_->Close(); }
  [[nodiscard]] bool closed() const override { return file_->closed(); }
  [[nodiscard]] arrow::Result<std::int64_t> Tell() const override { return file_->Tell(); }
  arrow::Result<std::int64_t> GetSize() override { return Noted(file_->GetSize()); }
  arrow::Status Seek(std::int64_t position) override { return file_->Seek(position); }
  arrow::Result<std::int64_t> Read(std::int64_t count, void* bytes) override {
    return Noted(file_->Read(count, bytes));
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t count) override {
    return Noted(file_->Read(count));
  }
  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t count, void* bytes) override {
    return Noted(file_->ReadAt(position, count, bytes));
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position, std::int64_t count) override {
    return Noted(file_->ReadAt(position, count));
  }

 private:
  template <typename T>
  arrow::Result<T> Noted(arrow::Result<T> result) {
    if (!result.ok() && failure_.ok()) failure_ = result.status();
    return result;
  }

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  arrow::Status failure_;
};

}  // namespace coulis
