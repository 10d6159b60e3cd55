#include "store/shard_writer.h"

#include <arrow/io/file.h>

#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "store/arrow_errors.h"
#include "store/parquet_shard.h"
#include "store/tar_shard.h"

namespace coulis {
namespace {

// The file beside the content, which is TarShard or ParquetShard.
template <typename Content>
class Shard : public ShardWriter {
 public:
  explicit Shard(std::filesystem::path file) : file_(std::move(file)) {}
  ~Shard() override {
    if (!stream_) return;
    content_.reset();
    (void)CallArrow("", file_, [&] { return stream_->Close(); });
    std::error_code ignored;
    std::filesystem::remove(Aside(), ignored);
  }

  Result<void> Open() {
    return CallArrow("cannot write", file_, [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(stream_, arrow::io::FileOutputStream::Open(Aside().native()));
      content_ = std::make_unique<Content>(stream_);
      return content_->Open();
    });
  }

  Result<void> Add(const std::string& path, const std::string& label,
                   std::span<const std::byte> image) override {
    return CallArrow("cannot write", file_, [&] { return content_->Add(path, label, image); });
  }

  Result<void> Finish() override {
    Result<void> closed = CallArrow("cannot write", file_, [&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(content_->Close());
      return stream_->Close();
    });
    if (!closed) return closed;
    if (Result<void> renamed = RenameDurably(Aside(), file_); !renamed) return renamed;
    stream_.reset();
    return {};
  }

 private:
  [[nodiscard]] std::filesystem::path Aside() const {
    return file_.parent_path() / ("." + file_.filename().string() + ".tmp");
  }

  std::filesystem::path file_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::unique_ptr<Content> content_;
};

template <typename Content>
Result<std::unique_ptr<ShardWriter>> Open(const std::filesystem::path& file) {
  auto shard = std::make_unique<Shard<Content>>(file);
  if (Result<void> opened = shard->Open(); !opened) return opened.error();
  return std::unique_ptr<ShardWriter>(std::move(shard));
}

}  // namespace

Result<std::unique_ptr<ShardWriter>> NewShard(const std::filesystem::path& file, ShardFormat format) {
  return format == ShardFormat::kTar ? Open<TarShard>(file) : Open<ParquetShard>(file);
}

}  // namespace coulis
