#include "models/download.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "models/partial_file.h"
#include "models/sha256.h"

namespace coulis::models {
namespace {

using Report = std::function<void(const std::string&)>;

constexpr int kTries = 4;
constexpr std::chrono::milliseconds kFirstPause{500};
constexpr long kConnectSeconds = 20;
constexpr long kSilentSeconds = 30;
constexpr int kReports = 10;

constexpr long kPartialContent = 206;
constexpr long kRangeNotSatisfiable = 416;

/// How a try ended that did not bring the whole file.
struct Failure {
  Error error;
  /// Whether another try may do better.
  bool passing = false;
};

std::string Megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "Name: value\r\n" → value, when the name (in lower case) is this one.
std::optional<std::string> HeaderValue(const std::string& line, const std::string& name) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || LowerCase(line.substr(0, colon)) != name) return std::nullopt;
  const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
  const std::size_t end = line.find_last_not_of(" \t\r\n");
  return begin == std::string::npos || end < begin ? "" : line.substr(begin, end - begin + 1);
}

/// One request, and what its answer has to say before its body.
class Transfer {
 public:
  Transfer(const DownloadSource& source, PartialFile& partial, const Report& report)
      : source_(source), partial_(partial), report_(report), handle_(curl_easy_init(), curl_easy_cleanup) {}

  /// Nothing when the file is complete.
  std::optional<Failure> Run() {
    if (!handle_) return Failure{{ErrorCode::kInternal, "libcurl cannot be started"}};
    const bool resume = partial_.size() > 0 && !partial_.tag().empty() && partial_.size() < source_.size;
    SetOptions();
    curl_slist* headers = nullptr;
    if (resume) {
      asked_from_ = partial_.size();
      const std::string range = std::to_string(asked_from_) + "-";
      curl_easy_setopt(handle_.get(), CURLOPT_RANGE, range.c_str());
      headers = curl_slist_append(nullptr, ("If-Range: " + partial_.tag()).c_str());
      curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, headers);
    }
    const CURLcode code = curl_easy_perform(handle_.get());
    curl_slist_free_all(headers);
    return Judge(code);
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  void SetOptions() {
    Set(CURLOPT_URL, source_.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
    Set(CURLOPT_PROTOCOLS_STR, "http,https,file");
    Set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    Set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS | CURLPROTO_FILE));
    Set(CURLOPT_REDIR_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    Set(CURLOPT_FOLLOWLOCATION, 1L);
    Set(CURLOPT_MAXREDIRS, 5L);
    Set(CURLOPT_FAILONERROR, 1L);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    Set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    Set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
    Set(CURLOPT_USERAGENT, "coulis");
    Set(CURLOPT_ERRORBUFFER, message_);
    Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
  }

  static std::size_t OnHeader(char* data, std::size_t, std::size_t count, void* self) {
    static_cast<Transfer*>(self)->TakeHeader(std::string(data, count));
    return count;
  }

  static std::size_t OnBody(char* data, std::size_t, std::size_t count, void* self) {
    const auto bytes = std::as_bytes(std::span(data, count));
    return static_cast<Transfer*>(self)->TakeBody(bytes) ? count : 0;
  }

  void TakeHeader(const std::string& line) {
    if (line.starts_with("HTTP/")) {  // Of a redirection's answer nothing counts.
      strong_tag_.clear();
      range_.clear();
    }
    // A weak tag ("W/…") does not promise the same bytes.
    if (const auto tag = HeaderValue(line, "etag"); tag && tag->starts_with('"')) strong_tag_ = *tag;
    if (const auto range = HeaderValue(line, "content-range")) range_ = *range;
  }

  bool TakeBody(std::span<const std::byte> bytes) {
    if (!begun_ && !Begin()) return false;
    if (bytes.size() > source_.size - partial_.size()) return Stop(WrongSize("more"));
    if (Result<void> written = partial_.Append(bytes); !written) return Stop(written.error());
    const std::uint64_t tenth = partial_.size() * kReports / source_.size;
    if (tenth > reported_) {
      reported_ = tenth;
      report_("download " + Megabytes(partial_.size()) + " of " + Megabytes(source_.size));
    }
    return true;
  }

  // The first bytes are here: they go on where we stopped, or begin anew.
  bool Begin() {
    begun_ = true;
    if (Status() == kPartialContent) {
      if (asked_from_ > 0 && range_.starts_with("bytes " + std::to_string(asked_from_) + "-")) {
        report_("go on after " + Megabytes(asked_from_));
      } else {
        return Stop({ErrorCode::kIo, "the server sent another part than it was asked for"});
      }
    } else if (Result<void> restarted = partial_.Restart(strong_tag_); !restarted) {
      return Stop(restarted.error());
    }
    reported_ = partial_.size() * kReports / source_.size;
    return true;
  }

  bool Stop(Error error) {
    stopped_ = std::move(error);
    return false;
  }

  [[nodiscard]] Error WrongSize(const std::string& how) const {
    return {ErrorCode::kBadModel, source_.url + " holds " + how + " than the " +
                                      std::to_string(source_.size) +
                                      " bytes that it should: another file, or it was altered"};
  }

  [[nodiscard]] long Status() const {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  std::optional<Failure> Judge(CURLcode code) {
    if (stopped_) return Failure{*stopped_};
    if (code == CURLE_OK) {
      if (partial_.size() == source_.size) return std::nullopt;
      return Failure{WrongSize("less")};
    }
    if (code == CURLE_HTTP_RETURNED_ERROR) return JudgeStatus(Status());
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) {
      return Failure{{ErrorCode::kInvalidArgument,
                      "\"" + source_.url + "\" is not a URL that begins with https://, http:// or file://"}};
    }
    const std::string reason = message_[0] != '\0' ? message_ : curl_easy_strerror(code);
    if (code == CURLE_FILE_COULDNT_READ_FILE) {
      return Failure{{ErrorCode::kNotFound, "cannot read " + source_.url + ": " + reason}};
    }
    const bool certificate = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    return Failure{{ErrorCode::kIo, "cannot download " + source_.url + ": " + reason}, !certificate};
  }

  std::optional<Failure> JudgeStatus(long status) {
    if (status == kRangeNotSatisfiable && asked_from_ > 0) {
      if (Result<void> restarted = partial_.Restart(""); !restarted) return Failure{restarted.error()};
      return Failure{{ErrorCode::kIo, "the server has another file by now"}, true};
    }
    const bool missing = status == 404 || status == 410;
    const bool passing = status >= 500 || status == 408 || status == 429;
    return Failure{{missing ? ErrorCode::kNotFound : ErrorCode::kIo,
                    "cannot download " + source_.url + ": the server answers " + std::to_string(status) +
                        (missing ? " (no such file)" : "")},
                   passing};
  }

  const DownloadSource& source_;
  PartialFile& partial_;
  const Report& report_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  char message_[CURL_ERROR_SIZE] = {};
  std::string strong_tag_;
  std::string range_;
  std::uint64_t asked_from_ = 0;
  std::uint64_t reported_ = 0;
  bool begun_ = false;
  std::optional<Error> stopped_;
};

Result<void> FetchAll(const DownloadSource& source, PartialFile& partial, const Report& report) {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kStarted != CURLE_OK) return Error{ErrorCode::kInternal, "libcurl cannot be started"};
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempt = 1; partial.size() != source.size || partial.tag().empty(); ++attempt) {
    std::optional<Failure> failure = Transfer(source, partial, report).Run();
    if (!failure) return {};
    if (!failure->passing) return failure->error;
    if (attempt == kTries) {
      failure->error.message += " (tried " + std::to_string(kTries) +
                                " times; check the network, or give a file at hand with --url file://PATH)";
      return failure->error;
    }
    report(failure->error.message + "; trying again");
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
  return {};
}

Result<void> CheckHash(std::span<const std::byte> bytes, const DownloadSource& source) {
  if (source.sha256.empty()) return {};
  const Result<std::string> found = Sha256(bytes);
  if (!found) return found.error();
  if (*found == LowerCase(source.sha256)) return {};
  return Error{ErrorCode::kBadModel, source.url + " is another file, or it was altered: its sha256 is " +
                                         *found + ", expected " + source.sha256};
}

// The file's name for a person, and for the machine what tells it from the same name on another server.
Result<std::string> PartName(const std::string& url) {
  const Result<std::string> hash = Sha256(std::as_bytes(std::span(url)));
  if (!hash) return hash.error();
  constexpr std::size_t kDigits = 12;
  return "download-" + hash->substr(0, kDigits) + ".part";
}

}  // namespace

Result<std::vector<std::byte>> Download(const DownloadSource& source, const std::filesystem::path& folder,
                                        const Report& report) {
  const Report say = report ? report : [](const std::string&) {};
  const Result<std::string> name = PartName(source.url);
  if (!name) return name.error();
  Result<PartialFile> partial = PartialFile::Open(folder / *name);
  if (!partial) return partial.error();
  say("download " + source.url);
  if (Result<void> fetched = FetchAll(source, *partial, say); !fetched) {
    if (fetched.error().code != ErrorCode::kIo || partial->size() == 0) partial->Remove();
    return fetched.error();
  }
  Result<std::vector<std::byte>> bytes = partial->ReadAll();
  partial->Remove();
  if (!bytes) return bytes.error();
  if (Result<void> whole = CheckHash(*bytes, source); !whole) return whole.error();
  return bytes;
}

}  // namespace coulis::models
