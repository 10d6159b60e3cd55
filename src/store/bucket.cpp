#include "store/bucket.h"

#include <arrow/filesystem/s3fs.h>
#include <arrow/util/thread_pool.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <utility>

#include "base/parallel.h"
#include "base/path_text.h"
#include "store/bucket_region.h"
#include "store/regions.h"
#include "store/s3_errors.h"
#include "store/s3_library.h"

namespace coulis {
namespace {

// Requests at a time where many objects are removed.
constexpr int kRemovers = 8;
// So many refusals, one after the other: it is not the single object.
constexpr int kMostDenied = 20;
// An answer may be this long in any case: what went wrong is a text.
constexpr std::int64_t kLeastBody = 64 << 10;

class ArrowRetries : public arrow::fs::S3RetryStrategy {
 public:
  explicit ArrowRetries(std::shared_ptr<RetryPolicy> policy) : policy_(std::move(policy)) {}
  bool ShouldRetry(const AWSErrorDetail& error, std::int64_t attempted) override {
    return policy_->ShouldRetry(FailureOf(error), attempted);
  }
  std::int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail& error, std::int64_t attempted) override {
    return policy_->Pause(FailureOf(error), attempted).count();
  }

 private:
  static RetryPolicy::Failure FailureOf(const AWSErrorDetail& error) {
    return {.code = error.exception_name, .passing = error.should_retry};
  }
  std::shared_ptr<RetryPolicy> policy_;
};

arrow::fs::S3Options ArrowOptions(const StorageOptions& options, std::shared_ptr<RetryPolicy> retries) {
  arrow::fs::S3Options made =
      options.anonymous ? arrow::fs::S3Options::Anonymous() : arrow::fs::S3Options::Defaults();
  made.connect_timeout = options.connect_timeout;
  made.request_timeout = options.silence_timeout;
  made.retry_strategy = std::make_shared<ArrowRetries>(std::move(retries));
  made.background_writes = true;
  made.allow_delayed_open = true;  // A small file is one request.
  if (!options.endpoint.empty()) {
    const std::size_t end = options.endpoint.find("://");
    made.scheme = options.endpoint.substr(0, end);
    made.endpoint_override = options.endpoint.substr(end + 3);
  }
  return made;
}

// Credentials that anonymous access has none of.
std::function<S3Credentials()> CredentialsOf(const arrow::fs::S3Options& options) {
  if (options.credentials_kind == arrow::fs::S3CredentialsKind::Anonymous) {
    return [] { return S3Credentials(); };
  }
  return [options] {
    return S3Credentials{options.GetAccessKey(), options.GetSecretKey(), options.GetSessionToken()};
  };
}

S3Request Get(std::vector<std::pair<std::string, std::string>> query) {
  S3Request request;
  request.query = std::move(query);
  return request;
}

S3Request RequestFor(const char* method, const std::string& key) {
  S3Request request;
  request.method = method;
  request.key = key;
  return request;
}

// XML cannot hold every key as it is: we ask for encoded ones, which not every store knows to give.
std::string KeyIn(const pugi::xml_node& result, const char* text) {
  return std::string_view(result.child_value("EncodingType")) == "url" ? UrlDecoded(text) : std::string(text);
}

ListPage PageOf(const pugi::xml_node& result) {
  ListPage page;
  for (const pugi::xml_node& object : result.children("Contents")) {
    page.objects.push_back(
        {KeyIn(result, object.child_value("Key")), object.child("Size").text().as_llong()});
  }
  for (const pugi::xml_node& folder : result.children("CommonPrefixes")) {
    page.folders.push_back(KeyIn(result, folder.child_value("Prefix")));
  }
  page.next = result.child_value("NextContinuationToken");
  return page;
}

}  // namespace

Bucket::~Bucket() = default;

Result<std::shared_ptr<const Bucket>> Bucket::Open(const std::string& name, const StorageOptions& options,
                                                   std::shared_ptr<RetryPolicy> retries) {
  if (Result<void> started = StartS3(); !started) return started.error();
  std::shared_ptr<Bucket> made(new Bucket);
  made->name_ = name;
  made->anonymous_ = options.anonymous;
  made->retries_ = retries;
  // Once: who asks for the credentials of a role twice waits for them twice.
  arrow::fs::S3Options arrow_options = ArrowOptions(options, retries);
  Result<std::string> region = FindRegion(name, options, CredentialsOf(arrow_options), retries);
  if (!region) return region.error();
  made->region_ = *std::move(region);
  if (Result<void> allowed = CheckRegion(name, made->region_, options.allow_regions); !allowed) {
    return allowed.error();
  }
  arrow_options.region = made->region_;
  if (Result<void> ready = made->MakeClients(options, arrow_options, std::move(retries)); !ready) {
    return ready.error();
  }
  return std::shared_ptr<const Bucket>(std::move(made));
}

Result<void> Bucket::MakeClients(const StorageOptions& options, const arrow::fs::S3Options& arrow_options,
                                 std::shared_ptr<RetryPolicy> retries) {
  const int threads = std::max(8, options.io_threads);
  auto made = [&]() -> arrow::Result<std::shared_ptr<arrow::fs::S3FileSystem>> {
    // A pool of the job's own: Arrow makes as many connections as it has threads.
    ARROW_ASSIGN_OR_RAISE(executor_, arrow::internal::ThreadPool::Make(threads));
    return arrow::fs::S3FileSystem::Make(arrow_options,
                                         arrow::io::IOContext(arrow::default_memory_pool(), executor_.get()));
  }();
  if (!made.ok())
    return S3Error("cannot use", Uri(""), S3CodeIn(made.status().message()), made.status().message());
  files_ = *std::move(made);
  requests_ = std::make_unique<S3Requests>(S3Address{BucketUrl(options.endpoint, name_, region_), region_,
                                                     options.connect_timeout, options.silence_timeout},
                                           CredentialsOf(arrow_options), std::move(retries));
  return {};
}

Result<ListPage> Bucket::List(const std::string& prefix, const std::string& delimiter,
                              const std::string& next, int most) const {
  // In the order that signing wants.
  std::vector<std::pair<std::string, std::string>> query;
  if (!next.empty()) query.emplace_back("continuation-token", next);
  if (!delimiter.empty()) query.emplace_back("delimiter", delimiter);
  query.emplace_back("encoding-type", "url");
  query.emplace_back("list-type", "2");
  query.emplace_back("max-keys", std::to_string(most));
  query.emplace_back("prefix", prefix);
  Result<S3Answer> answer = Send(Get(std::move(query)));
  if (!answer) return answer.error();
  if (!answer->ok()) return Failure("cannot list", prefix, *answer);
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(answer->body.data(), answer->body.size());
  const pugi::xml_node result = document.child("ListBucketResult");
  if (!parsed || !result) {
    return Error{ErrorCode::kIo, "cannot list " + Uri(prefix) + ": the answer is no listing of S3"};
  }
  return PageOf(result);
}

Result<bool> Bucket::HasObject(const std::string& key) const {
  Result<S3Answer> answer = Send(RequestFor("HEAD", key));
  if (!answer) return answer.error();
  if (answer->status == 404) return false;
  if (!answer->ok()) return Failure("cannot look for", key, *answer);
  return true;
}

Result<bool> Bucket::HasFolder(const std::string& key) const {
  Result<ListPage> page = List(key.empty() ? "" : key + "/", "", "", 1);
  if (!page) return page.error();
  return !page->objects.empty();
}

Result<std::vector<std::string>> Bucket::NamesIn(const std::string& key) const {
  const std::string prefix = key.empty() ? "" : key + "/";
  std::vector<std::string> names;
  std::string next;
  do {
    Result<ListPage> page = List(prefix, "/", next);
    if (!page) return page.error();
    for (const ObjectInfo& object : page->objects) {
      // The folder's own marker, which other tools make, is no name in it.
      if (object.key != prefix) names.push_back(object.key.substr(prefix.size()));
    }
    for (const std::string& folder : page->folders) {
      names.push_back(folder.substr(prefix.size(), folder.size() - prefix.size() - 1));
    }
    next = page->next;
  } while (!next.empty());
  return names;
}

Result<std::int64_t> Bucket::SizeOf(const std::string& key) const {
  Result<S3Answer> answer = Send(RequestFor("HEAD", key));
  if (!answer) return answer.error();
  if (!answer->ok()) return Failure("cannot read", key, *answer);
  return std::atoll(answer->Header("content-length").c_str());
}

Result<std::vector<std::byte>> Bucket::Read(const std::string& key, std::int64_t size) const {
  S3Request request = RequestFor("GET", key);
  // One that has grown since it was listed must not fill the memory.
  if (size > 0) request.headers = {"Range: bytes=0-" + std::to_string(size - 1)};
  request.max_body = std::max(size, kLeastBody);
  Result<S3Answer> answer = requests_->Send(request);
  if (!answer) return ReadFailure(key, "NetworkConnection", answer.error().message);
  const auto got = answer->status == 416 ? 0 : static_cast<std::int64_t>(answer->body.size());
  if (!answer->ok() && answer->status != 416) {
    const std::string code = answer->ErrorCode();
    return ReadFailure(key, code.empty() ? std::string(S3CodeOf(answer->status)) : code,
                       "the store answers " + std::to_string(answer->status));
  }
  if (got != size) {
    return Error{ErrorCode::kBadImage, "the object has " + std::to_string(got) + " bytes, its listing said " +
                                           std::to_string(size)};
  }
  denied_in_a_row_ = 0;
  ++retries_->counters().objects;
  retries_->counters().bytes += size;
  const auto* bytes = reinterpret_cast<const std::byte*>(answer->body.data());
  return std::vector<std::byte>(bytes, bytes + size);
}

// What is wrong with one object is that object's; what is wrong with all of them ends the job.
Error Bucket::ReadFailure(const std::string& key, const std::string& code, const std::string& message) const {
  Error error = S3Error("cannot be read", "", code, message);
  if (error.code == ErrorCode::kNotFound && code != "NoSuchBucket") {
    return {ErrorCode::kNotFound, "cannot be read: the object is gone since it was listed"};
  }
  if (code == "AccessDenied" && ++denied_in_a_row_ < kMostDenied && List(key, "", "", 1)) {
    return {ErrorCode::kBadImage, "cannot be read: access to this object is denied"};
  }
  if (error.code != ErrorCode::kBadImage)
    error.message = S3Error("cannot read", Uri(key), code, message).message;
  if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kIo;
  return error;
}

Result<void> Bucket::Write(const std::string& key, std::string_view content) const {
  S3Request request = RequestFor("PUT", key);
  request.body = content;
  Result<S3Answer> answer = Send(request);
  if (!answer) return answer.error();
  if (!answer->ok()) return Failure("cannot write", key, *answer);
  return {};
}

Result<void> Bucket::Copy(const std::string& from, const std::string& to) const {
  S3Request request = RequestFor("PUT", to);
  request.headers = {"x-amz-copy-source: /" + name_ + "/" + UrlEncoded(from, /*keep_slashes=*/true)};
  Result<S3Answer> answer = Send(request);
  if (!answer) return answer.error();
  // S3 begins to answer before it has copied: an error may come with status 200.
  if (!answer->ok() || !answer->ErrorCode().empty())
    return Failure("cannot copy " + Uri(from) + " to", to, *answer);
  return {};
}

Result<void> Bucket::Remove(const std::string& key) const {
  Result<S3Answer> answer = Send(RequestFor("DELETE", key));
  if (!answer) return answer.error();
  if (!answer->ok() && answer->status != 404) return Failure("cannot remove", key, *answer);
  return {};
}

Result<void> Bucket::RemoveAll(const std::string& key) const {
  std::vector<std::string> keys;
  std::string next;
  do {
    Result<ListPage> page = List(key, "", next);
    if (!page) return page.error();
    for (ObjectInfo& object : page->objects) {
      if (object.key == key || object.key.starts_with(key + "/")) keys.push_back(std::move(object.key));
    }
    next = page->next;
  } while (!next.empty());
  // The longest first: a server that keeps folders cannot remove one that is not empty.
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return ParallelFor(kRemovers, static_cast<std::int64_t>(keys.size()),
                     [&](std::int64_t i) { return Remove(keys[static_cast<std::size_t>(i)]); });
}

void Bucket::AbortUploads(const std::string& key) const {
  const Result<S3Answer> answer = Send(Get({{"encoding-type", "url"}, {"prefix", key}, {"uploads", ""}}));
  pugi::xml_document document;
  if (!answer || !answer->ok() || !document.load_buffer(answer->body.data(), answer->body.size())) return;
  const pugi::xml_node result = document.child("ListMultipartUploadsResult");
  for (const pugi::xml_node& upload : result.children("Upload")) {
    S3Request abort = RequestFor("DELETE", KeyIn(result, upload.child_value("Key")));
    if (abort.key != key && !abort.key.starts_with(key + "/")) continue;
    abort.query = {{"uploadId", upload.child_value("UploadId")}};
    (void)Send(abort);
  }
}

Result<S3Answer> Bucket::Send(const S3Request& request) const {
  Result<S3Answer> answer = requests_->Send(request);
  if (answer) return answer;
  return S3Error("no answer about", Uri(request.key), "NetworkConnection", answer.error().message);
}

Error Bucket::Failure(const std::string& what, const std::string& key, const S3Answer& answer) const {
  std::string code = answer.ErrorCode();
  if (code.empty()) code = S3CodeOf(answer.status);
  if (code == "AccessDenied" && !anonymous_ && !requests_->HasCredentials()) code = "NoCredentials";
  return S3Error(what, Uri(key), code, "the store answers " + std::to_string(answer.status));
}

std::string Bucket::Uri(const std::string& key) const {
  return "s3://" + name_ + (key.empty() ? "" : "/" + PathText(key));
}

}  // namespace coulis
