// One bucket of an object store: Arrow's client for what is large, requests of our own for the rest.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coulis/result.h"
#include "coulis/storage.h"
#include "store/s3_requests.h"

namespace arrow::fs {
class S3FileSystem;
struct S3Options;
}  // namespace arrow::fs
namespace arrow::internal {
class ThreadPool;
}

namespace coulis {

/// An object as a listing shows it.
struct ObjectInfo {
  std::string key;
  std::int64_t bytes = 0;
};

/// Part of a listing. `next`: what to ask the next page with; empty at the end.
struct ListPage {
  std::vector<ObjectInfo> objects;
  std::vector<std::string> folders;  ///< Common prefixes, with their slash; only with a delimiter.
  std::string next;
};

/// Thread-safe. Errors of all functions: kNotFound, kIo; one line that says what to do, without secrets.
class Bucket {
 public:
  /// Looks the bucket's region up and makes the clients. `options` as given by the user, its endpoint
  /// resolved.
  [[nodiscard]] static Result<std::shared_ptr<const Bucket>> Open(const std::string& name,
                                                                  const StorageOptions& options,
                                                                  std::shared_ptr<RetryPolicy> retries);
  ~Bucket();
  Bucket(const Bucket&) = delete;
  Bucket& operator=(const Bucket&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Where the bucket is; for a store that does not say, the region that requests are signed for.
  [[nodiscard]] const std::string& region() const { return region_; }
  [[nodiscard]] arrow::fs::S3FileSystem& files() const { return *files_; }

  /// Up to 1,000 objects whose keys begin with `prefix`; with `delimiter` "/" only those right below it.
  /// `next` of the page before, empty for the first.
  [[nodiscard]] Result<ListPage> List(const std::string& prefix, const std::string& delimiter,
                                      const std::string& next, int most = 1000) const;

  [[nodiscard]] Result<bool> HasObject(const std::string& key) const;
  [[nodiscard]] Result<bool> HasFolder(const std::string& key) const;
  [[nodiscard]] Result<std::vector<std::string>> NamesIn(const std::string& key) const;
  [[nodiscard]] Result<std::int64_t> SizeOf(const std::string& key) const;

  /// An object of `size` bytes. Errors without the key: kNotFound (gone since it was listed), kBadImage (this
  /// one object cannot be read), kIo (nothing can be read any more).
  [[nodiscard]] Result<std::vector<std::byte>> Read(const std::string& key, std::int64_t size) const;

  [[nodiscard]] Result<void> Write(const std::string& key, std::string_view content) const;
  [[nodiscard]] Result<void> Copy(const std::string& from, const std::string& to) const;
  [[nodiscard]] Result<void> Remove(const std::string& key) const;
  /// The object, and all whose keys begin with it and a slash.
  [[nodiscard]] Result<void> RemoveAll(const std::string& key) const;
  /// Ends multipart uploads, of the object and of all below it, that were begun and not completed: S3 keeps
  /// their pieces out of sight, for money. As far as the store and its policies let us.
  void AbortUploads(const std::string& key) const;

  /// A request of the caller's own. Errors: kIo; an answer that is no success is an answer.
  [[nodiscard]] Result<S3Answer> Send(const S3Request& request) const;

  /// What went wrong with `key`, from an answer that is no success.
  [[nodiscard]] Error Failure(const std::string& what, const std::string& key, const S3Answer& answer) const;

 private:
  Bucket() = default;
  [[nodiscard]] Result<void> MakeClients(const StorageOptions& options,
                                         const arrow::fs::S3Options& arrow_options,
                                         std::shared_ptr<RetryPolicy> retries);
  [[nodiscard]] Error ReadFailure(const std::string& key, const std::string& code,
                                  const std::string& message) const;
  [[nodiscard]] std::string Uri(const std::string& key) const;

  std::string name_;
  std::string region_;
  bool anonymous_ = false;
  std::shared_ptr<RetryPolicy> retries_;
  std::shared_ptr<arrow::internal::ThreadPool> executor_;
  std::shared_ptr<arrow::fs::S3FileSystem> files_;
  std::unique_ptr<S3Requests> requests_;
  mutable std::atomic<int> denied_in_a_row_{0};
};

}  // namespace coulis
