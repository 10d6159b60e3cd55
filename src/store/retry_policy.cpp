#include "store/retry_policy.h"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

namespace coulis {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kFirstPauseWhenThrottled{500};
constexpr milliseconds kLongestPause{20'000};
constexpr std::int64_t kMostDoublings = 10;

// Whatever a client thinks of them: the same request will be refused again.
constexpr std::array<std::string_view, 12> kFinal = {"AccessDenied",       "AuthorizationHeaderMalformed",
                                                     "ExpiredToken",       "InvalidAccessKeyId",
                                                     "InvalidObjectState", "InvalidToken",
                                                     "NoSuchBucket",       "NoSuchKey",
                                                     "PermanentRedirect",  "PreconditionFailed",
                                                     "RequestExpired",     "SignatureDoesNotMatch"};

bool IsThrottling(const std::string& code) {
  return code == "SlowDown" || code == "SlowDownRead" || code == "SlowDownWrite" || code == "Throttling" ||
         code == "ThrottlingException" || code == "RequestLimitExceeded" || code == "TooManyRequests";
}

}  // namespace

bool RetryPolicy::ShouldRetry(const Failure& failure, std::int64_t attempted) {
  const bool is_final = std::find(kFinal.begin(), kFinal.end(), failure.code) != kFinal.end();
  if (is_final || !failure.passing || attempted >= retries_) return false;
  ++counters_.retries;
  if (progress_ != nullptr) ++progress_->retries;
  if (IsThrottling(failure.code)) ++counters_.throttled;
  return true;
}

milliseconds RetryPolicy::Pause(const Failure& failure, std::int64_t attempted) const {
  const milliseconds first = IsThrottling(failure.code) ? kFirstPauseWhenThrottled : kFirstPause;
  const milliseconds most =
      std::min(kLongestPause, milliseconds(first * (1LL << std::min(attempted, kMostDoublings))));
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<std::int64_t>(0, most.count())(random));
}

bool IsPassing(long http_status) {
  return http_status == 408 || http_status == 429 || http_status == 500 || http_status == 502 ||
         http_status == 503 || http_status == 504;
}

}  // namespace coulis
