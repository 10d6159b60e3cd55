#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

namespace coulis {
namespace {

TEST(BoundedQueue, GivesItemsInOrder) {
  BoundedQueue<int> queue(4);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.Push(i));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.Pop(), i);
}

TEST(BoundedQueue, ClosedQueueDrainsThenEnds) {
  BoundedQueue<int> queue(4);
  ASSERT_TRUE(queue.Push(1));
  queue.Close();
  EXPECT_FALSE(queue.Push(2));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, CancelDropsWhatIsInside) {
  BoundedQueue<int> queue(4);
  ASSERT_TRUE(queue.Push(1));
  queue.Cancel();
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, CancelWakesAWaitingProducer) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.Push(1));
  std::thread producer([&] { EXPECT_FALSE(queue.Push(2)); });
  queue.Cancel();
  producer.join();
}

TEST(BoundedQueue, ItemHeavierThanTheBoundStillPasses) {
  BoundedQueue<int> queue(4, /*max_weight=*/10);
  ASSERT_TRUE(queue.Push(1, 1000));
  EXPECT_EQ(queue.Pop(), 1);
  ASSERT_TRUE(queue.Push(2, 5));
}

// The invariant: every item pushed is popped exactly once, whatever the interleaving, and the summed weight
// inside never passes the bound.
TEST(BoundedQueue, ManyProducersAndConsumersLoseNothing) {
  constexpr int kPerProducer = 5000;
  BoundedQueue<int> queue(8, /*max_weight=*/20);
  std::atomic<std::int64_t> sum = 0;
  std::atomic<int> popped = 0;
  std::vector<std::thread> consumers;
  for (int c = 0; c < 3; ++c) {
    consumers.emplace_back([&] {
      while (auto item = queue.Pop()) {
        sum += *item;
        ++popped;
      }
    });
  }
  std::vector<std::thread> producers;
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&] {
      for (int i = 0; i < kPerProducer; ++i) ASSERT_TRUE(queue.Push(i, i % 7));
    });
  }
  for (auto& thread : producers) thread.join();
  queue.Close();
  for (auto& thread : consumers) thread.join();
  EXPECT_EQ(popped, 3 * kPerProducer);
  EXPECT_EQ(sum, std::int64_t{3} * kPerProducer * (kPerProducer - 1) / 2);
}

}  // namespace
}  // namespace coulis
