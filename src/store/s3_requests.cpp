#include "store/s3_requests.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <pugixml.hpp>
#include <string_view>
#include <thread>

namespace coulis {
namespace {

struct HandleCloser {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, HandleCloser>;

struct ListFreer {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListFreer>;

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// Where a body goes, and how much of it.
struct Body {
  std::string& text;
  std::size_t most;
};

std::size_t TakeBody(char* data, std::size_t, std::size_t count, void* taken) {
  auto& body = *static_cast<Body*>(taken);
  if (body.text.size() + count > body.most) return 0;
  body.text.append(data, count);
  return count;
}

std::size_t TakeHeader(char* data, std::size_t, std::size_t count, void* answer) {
  const std::string_view line(data, count);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
  const std::size_t end = line.find_last_not_of(" \t\r\n");
  std::string value;
  if (begin != std::string_view::npos && end >= begin) value = line.substr(begin, end - begin + 1);
  static_cast<S3Answer*>(answer)->headers[LowerCase(std::string(line.substr(0, colon)))] = value;
  return count;
}

std::string Url(const S3Address& address, const S3Request& request) {
  std::string url = address.url + "/" + UrlEncoded(request.key, /*keep_slashes=*/true);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    url += separator + UrlEncoded(name, false) + "=" + UrlEncoded(value, false);
    separator = '&';
  }
  return url;
}

HeaderList Headers(const S3Request& request, const S3Credentials& credentials) {
  curl_slist* list = nullptr;
  const auto add = [&](const std::string& line) {
    if (curl_slist* longer = curl_slist_append(list, line.c_str())) list = longer;
  };
  for (const std::string& header : request.headers) add(header);
  // S3 wants the body's hash or this; libcurl before 8 makes neither. TLS protects what is sent.
  if (!credentials.access_key.empty()) add("X-Amz-Content-Sha256: UNSIGNED-PAYLOAD");
  if (!credentials.session_token.empty()) add("X-Amz-Security-Token: " + credentials.session_token);
  if (!request.body.empty()) add("Content-Type: application/octet-stream");
  add("Expect:");
  return HeaderList(list);
}

class Exchange {
 public:
  Exchange(CURL* handle, const S3Address& address, const S3Request& request, const S3Credentials& credentials)
      : handle_(handle),
        headers_(Headers(request, credentials)),
        body_{answer_.body, static_cast<std::size_t>(request.max_body)} {
    curl_easy_reset(handle_);
    Set(CURLOPT_URL, Url(address, request).c_str());
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_HTTPHEADER, headers_.get());
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(address.connect_timeout * 1000));
    Set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    Set(CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(address.silence_timeout)));
    Set(CURLOPT_ERRORBUFFER, message_);
    Set(CURLOPT_WRITEFUNCTION, &TakeBody);
    Set(CURLOPT_WRITEDATA, &body_);
    Set(CURLOPT_HEADERFUNCTION, &TakeHeader);
    Set(CURLOPT_HEADERDATA, &answer_);
    SetMethod(request);
    Sign(address.region, credentials);
  }

  Result<S3Answer> Run() {
    const CURLcode code = curl_easy_perform(handle_);
    if (code != CURLE_OK) {
      return Error{coulis::ErrorCode::kIo, message_[0] != '\0' ? message_ : curl_easy_strerror(code)};
    }
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &answer_.status);
    return std::move(answer_);
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(handle_, option, value);
  }

  void SetMethod(const S3Request& request) {
    if (request.method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else if (request.method == "PUT") {
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      Set(CURLOPT_POSTFIELDS, request.body.data());
      Set(CURLOPT_CUSTOMREQUEST, "PUT");
    } else if (request.method != "GET") {
      Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  void Sign(const std::string& region, const S3Credentials& credentials) {
    if (credentials.access_key.empty()) return;
    Set(CURLOPT_AWS_SIGV4, ("aws:amz:" + region + ":s3").c_str());
    Set(CURLOPT_USERNAME, credentials.access_key.c_str());
    Set(CURLOPT_PASSWORD, credentials.secret_key.c_str());
  }

  CURL* handle_;
  HeaderList headers_;
  S3Answer answer_;
  Body body_;
  char message_[CURL_ERROR_SIZE] = {};
};

}  // namespace

std::string S3Answer::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string S3Answer::ErrorCode() const {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return "";
  return document.child("Error").child_value("Code");
}

std::int64_t S3Answer::AgeSeconds() const {
  const std::time_t now = curl_getdate(Header("date").c_str(), nullptr);
  const std::time_t then = curl_getdate(Header("last-modified").c_str(), nullptr);
  return now < 0 || then < 0 ? -1 : std::max<std::int64_t>(0, now - then);
}

// Handles that are open and idle: each keeps its connection.
class S3Requests::Connections {
 public:
  Handle Take() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) return Handle(curl_easy_init());
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }
  void Return(Handle handle) {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(handle));
  }

 private:
  std::mutex mutex_;
  std::vector<Handle> idle_;
};

S3Requests::S3Requests(S3Address address, std::function<S3Credentials()> credentials,
                       std::shared_ptr<RetryPolicy> retries)
    : address_(std::move(address)),
      credentials_(std::move(credentials)),
      retries_(std::move(retries)),
      connections_(std::make_unique<Connections>()) {}

S3Requests::~S3Requests() = default;

Result<S3Answer> S3Requests::Send(const S3Request& request) const {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  Handle handle = connections_->Take();
  if (kStarted != CURLE_OK || !handle) return Error{ErrorCode::kInternal, "libcurl cannot be started"};
  for (std::int64_t attempt = 0;; ++attempt) {
    ++retries_->counters().requests;
    Result<S3Answer> answer = Exchange(handle.get(), address_, request, credentials_()).Run();
    RetryPolicy::Failure failure{.code = "", .passing = !answer};
    if (answer && !answer->ok()) {
      failure = {.code = answer->ErrorCode(), .passing = IsPassing(answer->status)};
      if (failure.code.empty() && answer->status == 503) failure.code = "SlowDown";
    }
    if (!retries_->ShouldRetry(failure, attempt)) {
      connections_->Return(std::move(handle));
      return answer;
    }
    std::this_thread::sleep_for(retries_->Pause(failure, attempt));
  }
}

std::string UrlEncoded(const std::string& text, bool keep_slashes) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos || (keep_slashes && c == '/')) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHexDigits[byte >> 4];
    encoded += kHexDigits[byte & 0xF];
  }
  return encoded;
}

std::string UrlDecoded(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

}  // namespace coulis
