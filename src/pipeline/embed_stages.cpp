#include "pipeline/embed_stages.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "coulis/embedder.h"

namespace coulis {
namespace {

// Some 2 MB of names: enough to know the total of a small folder early, and still bounded.
constexpr std::size_t kMaxListed = 8192;
constexpr std::int64_t kMaxReadBytes = std::int64_t{64} << 20;

// An image whose bytes were read.
struct ReadImage {
  ImageFile file;
  std::vector<std::byte> bytes;
};

class Stages {
 public:
  explicit Stages(const StagesInput& input)
      : input_(input),
        listed_(kMaxListed),
        read_(QueueLength(input), kMaxReadBytes),
        rows_(QueueLength(input)),
        readers_left_(input.readers),
        workers_left_(input.threads) {}

  Result<void> Run(const std::stop_token& stop, const std::function<Result<void>(FeatureRow)>& take) {
    std::stop_callback on_stop(stop, [this] { StopBeginning(); });
    std::vector<std::thread> threads;
    threads.emplace_back([this] { List(); });
    for (int i = 0; i < input_.readers; ++i) threads.emplace_back([this] { Read(); });
    for (int i = 0; i < input_.threads; ++i) threads.emplace_back([this] { Work(); });

    while (std::optional<FeatureRow> row = rows_.Pop()) {
      if (Result<void> taken = take(*std::move(row)); !taken) Fail(taken.error());
    }
    for (std::thread& thread : threads) thread.join();
    if (failure_) return *failure_;
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
    return {};
  }

 private:
  // Enough that no worker waits while another stage is on its way, few enough that a stop is quick.
  static std::size_t QueueLength(const StagesInput& input) {
    return 4 * static_cast<std::size_t>(input.threads) + static_cast<std::size_t>(input.readers) + 14;
  }

  // No image is begun any more; rows that exist are still taken.
  void StopBeginning() {
    listed_.Cancel();
    read_.Cancel();
  }

  void Fail(Error error) {
    {
      std::scoped_lock lock(failure_mutex_);
      if (!failure_) failure_ = std::move(error);
    }
    StopBeginning();
    rows_.Cancel();
  }

  void List() {
    Progress& progress = input_.progress;
    // Finished images count as well: a resumed run takes as many in all as one that was not stopped.
    while (input_.limit == 0 || progress.found < input_.limit) {
      Result<std::optional<ImageFile>> image = input_.listing.Next();
      if (!image) return Fail(image.error());
      if (!*image) break;
      ++progress.found;
      if (input_.finished.contains((*image)->path)) {
        ++progress.resumed;
        continue;
      }
      if (!listed_.Push(**std::move(image))) break;
    }
    progress.listed = true;
    listed_.Close();
  }

  void Read() {
    while (std::optional<ImageFile> file = listed_.Pop()) {
      Result<std::vector<std::byte>> bytes = file->error ? Result<std::vector<std::byte>>(*file->error)
                                                         : ReadContent(*file, input_.decode.limits.max_bytes);
      // A bucket that cannot be read any more would make a bad row of every image that is left.
      if (!bytes && file->file.bucket() != nullptr && bytes.error().code == ErrorCode::kIo) {
        Fail(bytes.error());
        continue;
      }
      if (!bytes) {
        rows_.Push(BadRow(*std::move(file), bytes.error(), std::nullopt));
        continue;
      }
      const auto weight = static_cast<std::int64_t>(bytes->size());
      read_.Push({*std::move(file), *std::move(bytes)}, weight);
    }
    if (--readers_left_ == 0) read_.Close();
  }

  void Work() {
    Result<Embedder> embedder = Embedder::Make(input_.engine, input_.decode);
    if (embedder) {
      while (std::optional<ReadImage> image = read_.Pop()) {
        Result<FeatureRow> row = Embed(*std::move(image), *embedder);
        if (!row) {
          Fail(row.error());
          break;
        }
        rows_.Push(*std::move(row));
      }
    } else {
      Fail(embedder.error());
    }
    if (--workers_left_ == 0) rows_.Close();
  }

  // A row for every image, good or bad; an Error only when the engine itself failed.
  Result<FeatureRow> Embed(ReadImage image, Embedder& embedder) const {
    const Result<EmbeddedImage> embedded = embedder.Run(image.bytes);
    if (!embedded) return embedded.error();
    if (embedded->error) return BadRow(std::move(image.file), *embedded->error, embedded->size);
    return FeatureRow{.path = std::move(image.file.path),
                      .label = Label(image.file),
                      .features = {embedded->features.begin(), embedded->features.end()},
                      .error = std::nullopt,
                      .size = embedded->size};
  }

  [[nodiscard]] FeatureRow BadRow(ImageFile file, const Error& error, std::optional<ImageSize> size) const {
    return {.path = std::move(file.path),
            .label = Label(file),
            .features = {},
            .error = error.message,
            .size = size};
  }

  [[nodiscard]] std::optional<std::string> Label(const ImageFile& file) const {
    if (input_.label == LabelSource::kNone) return std::nullopt;
    return file.label;
  }

  const StagesInput input_;
  BoundedQueue<ImageFile> listed_;
  BoundedQueue<ReadImage> read_;
  BoundedQueue<FeatureRow> rows_;
  std::atomic<int> readers_left_;
  std::atomic<int> workers_left_;
  std::mutex failure_mutex_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> RunStages(const StagesInput& input, const std::stop_token& stop,
                       const std::function<Result<void>(FeatureRow)>& take) {
  return Stages(input).Run(stop, take);
}

}  // namespace coulis
