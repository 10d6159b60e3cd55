#include "store/shard_writer.h"

#include <utility>

#include "store/arrow_errors.h"
#include "store/location_streams.h"
#include "store/parquet_shard.h"
#include "store/tar_shard.h"

namespace coulis {
namespace {

// The file around the content, which is a TarShard or a ParquetShard.
template <typename Content>
class Shard : public ShardWriter {
 public:
  explicit Shard(Location location) : location_(std::move(location)) {}

  Result<void> Open() {
    return CallArrow("cannot write", location_, [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(file_, OutputFile::Create(location_));
      content_ = std::make_unique<Content>(file_.stream());
      return content_->Open();
    });
  }

  Result<void> Add(const std::string& path, const std::string& label,
                   std::span<const std::byte> image) override {
    return CallArrow("cannot write", location_, [&] { return content_->Add(path, label, image); });
  }

  Result<void> Finish() override {
    Result<void> closed = CallArrow("cannot write", location_, [&] { return content_->Close(); });
    return closed ? file_.Commit() : closed;
  }

 private:
  Location location_;
  OutputFile file_;
  std::unique_ptr<Content> content_;
};

template <typename Content>
Result<std::unique_ptr<ShardWriter>> Open(const Location& file) {
  auto shard = std::make_unique<Shard<Content>>(file);
  if (Result<void> opened = shard->Open(); !opened) return opened.error();
  return std::unique_ptr<ShardWriter>(std::move(shard));
}

}  // namespace

Result<std::unique_ptr<ShardWriter>> NewShard(const Location& file, ShardFormat format) {
  return format == ShardFormat::kTar ? Open<TarShard>(file) : Open<ParquetShard>(file);
}

}  // namespace coulis
