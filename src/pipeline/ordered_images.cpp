#include "pipeline/ordered_images.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "store/image_files.h"

namespace coulis {
namespace {

// Files that are begun, or wait to be given out, for each reader.
constexpr std::size_t kAhead = 16;
// Of one file.
constexpr std::size_t kMostImages = 64;
constexpr std::int64_t kMostBytes = std::int64_t{8} << 20;

class OrderedImages {
 public:
  OrderedImages(Listing& listing, const ContainerOptions& containers, int readers, Progress& progress,
                const std::stop_token& stop)
      : listing_(listing),
        containers_(containers),
        progress_(progress),
        stop_(stop),
        files_(kAhead * static_cast<std::size_t>(readers)),
        readers_left_(readers) {}

  Result<void> Run(int readers, const std::function<Result<void>(Member)>& take) {
    std::vector<std::thread> threads;
    for (int i = 0; i < readers; ++i) threads.emplace_back([this] { Read(); });
    // Also after a failure: what readers wait for is room.
    while (std::optional<std::shared_ptr<Images>> images = files_.Pop()) {
      while (std::optional<Member> image = (*images)->Pop()) {
        if (IsOver()) continue;
        if (Result<void> taken = take(*std::move(image)); !taken) Fail(taken.error());
      }
    }
    for (std::thread& thread : threads) thread.join();
    if (failure_) return *failure_;
    if (stop_.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
    return {};
  }

 private:
  using Images = BoundedQueue<Member>;
  struct Begun {
    ImageFile file;
    std::shared_ptr<Images> images;
  };

  bool IsOver() {
    const std::scoped_lock lock(mutex_);
    return failure_ || stop_.stop_requested();
  }

  void Fail(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(error);
  }

  // The next file, which has its place in the order from now on.
  std::optional<Begun> Begin() {
    const std::scoped_lock lock(listing_mutex_);
    if (IsOver()) return std::nullopt;
    Result<std::optional<ImageFile>> file = listing_.Next();
    if (!file) Fail(file.error());
    if (!file || !*file) return std::nullopt;
    Begun begun{**std::move(file), std::make_shared<Images>(kMostImages, kMostBytes)};
    if (!files_.Push(begun.images)) return std::nullopt;
    return begun;
  }

  void Read() {
    while (std::optional<Begun> begun = Begin()) {
      ReadImages(begun->file, containers_, [&](Member member) {
        ++progress_.found;
        if (BucketFailed(begun->file, member)) Fail(member.bytes.error());
        const std::int64_t weight = member.bytes ? static_cast<std::int64_t>(member.bytes->size()) : 0;
        begun->images->Push(std::move(member), weight);
        return !IsOver();
      });
      begun->images->Close();
    }
    if (--readers_left_ > 0) return;
    progress_.listed = true;
    files_.Close();
  }

  Listing& listing_;
  const ContainerOptions& containers_;
  Progress& progress_;
  const std::stop_token& stop_;
  BoundedQueue<std::shared_ptr<Images>> files_;
  std::atomic<int> readers_left_;
  std::mutex listing_mutex_;
  std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> ReadInOrder(Listing& listing, const ContainerOptions& containers, int readers,
                         Progress& progress, const std::stop_token& stop,
                         const std::function<Result<void>(Member)>& take) {
  return OrderedImages(listing, containers, readers, progress, stop).Run(readers, take);
}

}  // namespace coulis
