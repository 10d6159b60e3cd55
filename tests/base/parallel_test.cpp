#include "base/parallel.h"

#include <gtest/gtest.h>

namespace coulis {
namespace {

TEST(ParallelFor, CallsEveryIndexOnce) {
  for (const int threads : {1, 2, 8}) {
    std::vector<std::atomic<int>> calls(100);
    ASSERT_TRUE(ParallelFor(threads, 100, [&](std::int64_t i) -> Result<void> {
      ++calls[static_cast<std::size_t>(i)];
      return {};
    }));
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, NothingToDoIsDone) {
  EXPECT_TRUE(ParallelFor(4, 0, [](std::int64_t) -> Result<void> { return Error{}; }));
}

TEST(ParallelFor, GivesAnErrorAndBeginsNoMore) {
  std::atomic<int> begun = 0;
  const Result<void> done = ParallelFor(2, 1'000'000, [&](std::int64_t i) -> Result<void> {
    ++begun;
    if (i == 10) return Error{ErrorCode::kIo, "ten"};
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "ten");
  EXPECT_LT(begun, 1'000'000);
}

}  // namespace
}  // namespace coulis
