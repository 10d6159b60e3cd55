// The one queue between the stages of the pipeline: bounded, so that a fast stage waits for a slow one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace coulis {

/// Multi-producer, multi-consumer queue, bounded by number of items and by their summed weight (bytes, say).
/// An item heavier than the whole bound is let in when the queue is empty, so nothing is stuck for its size.
/// Thread-safe.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t max_items, std::int64_t max_weight = INT64_MAX)
      : max_items_(max_items), max_weight_(max_weight) {}

  /// Waits for room. Returns false, and drops the item, when the queue was closed or cancelled.
  bool Push(T item, std::int64_t weight = 0) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || HasRoom(weight); });
    if (closed_) return false;
    items_.emplace_back(std::move(item), weight);
    weight_ += weight;
    lock.unlock();
    available_.notify_one();
    return true;
  }

  /// Waits for an item. Empty when the queue is closed and drained, or cancelled.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    available_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    auto [item, weight] = std::move(items_.front());
    items_.pop_front();
    weight_ -= weight;
    // Whoever waits for room waits until there is a good deal of it: to wake for each place would cost more
    // than the place is worth. All: one place may be for a heavy item, or for several light ones.
    const bool roomy = items_.size() <= max_items_ / 2 && weight_ <= max_weight_ / 2;
    lock.unlock();
    if (roomy) room_.notify_all();
    return std::move(item);
  }

  /// No more items will come; those inside can still be popped.
  void Close() {
    {
      std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    available_.notify_all();
    room_.notify_all();
  }

  /// Close, and drop what is inside.
  void Cancel() {
    {
      std::scoped_lock lock(mutex_);
      closed_ = true;
      items_.clear();
      weight_ = 0;
    }
    available_.notify_all();
    room_.notify_all();
  }

 private:
  [[nodiscard]] bool HasRoom(std::int64_t weight) const {
    return items_.empty() || (items_.size() < max_items_ && weight_ + weight <= max_weight_);
  }

  const std::size_t max_items_;
  const std::int64_t max_weight_;
  std::mutex mutex_;
  std::condition_variable available_;
  std::condition_variable room_;
  std::deque<std::pair<T, std::int64_t>> items_;
  std::int64_t weight_ = 0;
  bool closed_ = false;
};

}  // namespace coulis
