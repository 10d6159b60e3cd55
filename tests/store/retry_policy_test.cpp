#include "store/retry_policy.h"

#include <gtest/gtest.h>

#include <set>

namespace coulis {
namespace {

TEST(RetryPolicy, OnlyWhatPassesIsTriedAgainAndIsCounted) {
  RetryPolicy policy(3);
  const RetryPolicy::Failure passing{.code = "InternalError", .passing = true};
  EXPECT_TRUE(policy.ShouldRetry(passing, 0));
  EXPECT_TRUE(policy.ShouldRetry(passing, 2));
  EXPECT_FALSE(policy.ShouldRetry(passing, 3));
  EXPECT_FALSE(policy.ShouldRetry({.code = "InternalError", .passing = false}, 0));
  EXPECT_EQ(policy.counters().Take().retries, 2);
  EXPECT_EQ(policy.counters().Take().throttled, 0);
  EXPECT_TRUE(policy.ShouldRetry({.code = "SlowDown", .passing = true}, 0));
  EXPECT_EQ(policy.counters().Take().throttled, 1);
}

TEST(RetryPolicy, ADeadCredentialIsNeverTriedAgain) {
  RetryPolicy policy(10);
  for (const char* code : {"ExpiredToken", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch",
                           "NoSuchBucket", "NoSuchKey", "PermanentRedirect"}) {
    EXPECT_FALSE(policy.ShouldRetry({.code = code, .passing = true}, 0)) << code;
  }
}

TEST(RetryPolicy, PausesGrowUpToABoundAndDiffer) {
  const RetryPolicy policy(10);
  const RetryPolicy::Failure failure{.code = "", .passing = true};
  std::set<std::int64_t> seen;
  for (int attempt = 0; attempt < 40; ++attempt) {
    for (int i = 0; i < 20; ++i) {
      const std::int64_t pause = policy.Pause(failure, attempt).count();
      EXPECT_GE(pause, 0);
      EXPECT_LE(pause, attempt < 7 ? 100LL << attempt : 20'000);
      seen.insert(pause);
    }
  }
  EXPECT_GT(seen.size(), 300U);
}

}  // namespace
}  // namespace coulis
