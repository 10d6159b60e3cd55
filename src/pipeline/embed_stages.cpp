#include "pipeline/embed_stages.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "coulis/embedder.h"
#include "store/image_files.h"

namespace coulis {
namespace {

// Some 2 MB of names: enough to know the total of a small folder early, and still bounded.
constexpr std::size_t kMaxListed = 8192;
constexpr std::int64_t kMaxReadBytes = std::int64_t{64} << 20;

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

  // Counts an image as found and says what becomes of it. Finished images count as well: a resumed run takes
  // as many in all as one that was not stopped.
  Wish Admit(const std::string& path) {
    std::atomic<std::int64_t>& found = input_.progress.found;
    std::int64_t before = found;
    do {
      if (input_.limit != 0 && before >= input_.limit) return Wish::kStop;
    } while (!found.compare_exchange_weak(before, before + 1));
    if (!input_.finished.contains(path)) return Wish::kTake;
    ++input_.progress.resumed;
    return Wish::kPass;
  }

  void List() {
    while (input_.limit == 0 || input_.progress.found < input_.limit) {
      Result<std::optional<ImageFile>> next = input_.listing.Next();
      if (!next) return Fail(next.error());
      std::optional<ImageFile>& file = *next;
      if (!file) break;
      if (file->kind == FileKind::kImage) {
        const Wish wish = Admit(file->path);
        if (wish == Wish::kStop) break;
        if (wish == Wish::kPass) continue;
      } else {
        ++uncounted_;
      }
      if (!listed_.Push(*std::move(file))) break;
    }
    Counted();
    listed_.Close();
  }

  // The listing, or a file that may hold many images, has come to its end: all of its images are counted.
  void Counted() {
    if (--uncounted_ == 0) input_.progress.listed = true;
  }

  void Read() {
    const ContainerOptions image = input_.containers;  // was admitted when it was listed
    ContainerOptions container = input_.containers;
    container.wish = [this](const std::string& path) { return Admit(path); };
    while (std::optional<ImageFile> file = listed_.Pop()) {
      const bool is_image = file->kind == FileKind::kImage;
      input_.ignored += ReadImages(*file, is_image ? image : container,
                                   [&](Member member) { return Give(*file, std::move(member)); });
      if (!is_image) Counted();
    }
    if (--readers_left_ == 0) read_.Close();
  }

  // False when no more are wanted.
  bool Give(const ImageFile& file, Member member) {
    if (!member.bytes) {
      const Error error = member.bytes.error();
      if (BucketFailed(file, member)) {
        Fail(error);
        return false;
      }
      return rows_.Push(BadRow(std::move(member), error, std::nullopt));
    }
    const auto weight = static_cast<std::int64_t>(member.bytes->size());
    return read_.Push(std::move(member), weight);
  }

  void Work() {
    Result<Embedder> embedder = Embedder::Make(input_.engine, input_.decode);
    if (embedder) {
      while (std::optional<Member> image = read_.Pop()) {
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
  Result<FeatureRow> Embed(Member image, Embedder& embedder) const {
    const Result<EmbeddedImage> embedded = embedder.Run(*image.bytes);
    if (!embedded) return embedded.error();
    if (embedded->error) return BadRow(std::move(image), *embedded->error, embedded->size);
    return FeatureRow{.path = std::move(image.path),
                      .label = Label(image),
                      .features = {embedded->features.begin(), embedded->features.end()},
                      .error = std::nullopt,
                      .size = embedded->size};
  }

  [[nodiscard]] FeatureRow BadRow(Member image, const Error& error, std::optional<ImageSize> size) const {
    return {.path = std::move(image.path),
            .label = Label(image),
            .features = {},
            .error = error.message,
            .size = size};
  }

  [[nodiscard]] std::optional<std::string> Label(const Member& image) const {
    if (input_.label == LabelSource::kNone) return std::nullopt;
    return image.label;
  }

  const StagesInput input_;
  BoundedQueue<ImageFile> listed_;
  BoundedQueue<Member> read_;
  BoundedQueue<FeatureRow> rows_;
  std::atomic<int> readers_left_;
  std::atomic<int> workers_left_;
  std::atomic<std::int64_t> uncounted_{1};
  std::mutex failure_mutex_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> RunStages(const StagesInput& input, const std::stop_token& stop,
                       const std::function<Result<void>(FeatureRow)>& take) {
  return Stages(input).Run(stop, take);
}

}  // namespace coulis
