#include "cloud/web_stream.h"

#include <curl/curl.h>

#include <memory>
#include <optional>

namespace coulis::cloud {
namespace {

constexpr long kConnectSeconds = 20;
constexpr long kSilentSeconds = 30;

struct Transfer {
  const std::function<Result<void>(std::string_view)>& take;
  const std::stop_token& stop;
  std::optional<Error> error;
};

std::size_t OnBody(char* data, std::size_t, std::size_t count, void* given) {
  auto& transfer = *static_cast<Transfer*>(given);
  Result<void> taken = transfer.take(std::string_view(data, count));
  if (taken) return count;
  transfer.error = taken.error();
  return 0;
}

int OnProgress(void* given, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(given)->stop.stop_requested() ? 1 : 0;
}

}  // namespace

Result<void> StreamUrl(const std::string& url, const std::function<Result<void>(std::string_view)>& take,
                       const std::stop_token& stop) {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
  if (kStarted != CURLE_OK || !handle) return Error{ErrorCode::kInternal, "libcurl cannot be started"};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
  Transfer transfer{take, stop, {}};
  char message[CURL_ERROR_SIZE] = {};
  set(CURLOPT_URL, url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 5L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  set(CURLOPT_USERAGENT, "coulis");
  set(CURLOPT_ERRORBUFFER, message);
  set(CURLOPT_WRITEFUNCTION, &OnBody);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
  set(CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(handle.get());
  if (transfer.error) return *transfer.error;
  if (code == CURLE_ABORTED_BY_CALLBACK) return Error{ErrorCode::kCancelled, "stopped"};
  if (code == CURLE_OK) return {};
  return Error{ErrorCode::kIo, message[0] != '\0' ? message : curl_easy_strerror(code)};
}

}  // namespace coulis::cloud
