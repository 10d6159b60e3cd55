#include "store/s3_library.h"

#include <arrow/filesystem/s3fs.h>

#include "store/s3_errors.h"

namespace coulis {
namespace {

// The one object that outlives a job: Arrow keeps its S3 state in the process, and can be started but once.
class S3Library {
 public:
  S3Library() {
    arrow::fs::S3GlobalOptions options = arrow::fs::S3GlobalOptions::Defaults();
    // The SDK's log would hold signed headers.
    options.log_level = arrow::fs::S3LogLevel::Off;
    // Writing to a connection that the other end has closed is an error like others, not the end of the
    // process.
    options.install_sigpipe_handler = true;
    status_ = arrow::fs::IsS3Initialized() ? arrow::Status::OK() : arrow::fs::InitializeS3(options);
    if (status_.ok()) status_ = MakeStatics();
  }
  ~S3Library() { (void)arrow::fs::EnsureS3Finalized(); }
  S3Library(const S3Library&) = delete;
  S3Library& operator=(const S3Library&) = delete;

  [[nodiscard]] const arrow::Status& status() const { return status_; }

 private:
  // A client makes the rest of Arrow's static objects. Made later, they would be gone before the destructor
  // above.
  static arrow::Status MakeStatics() {
    arrow::fs::S3Options options = arrow::fs::S3Options::Anonymous();
    options.region = "us-east-1";
    return arrow::fs::S3FileSystem::Make(options).status();
  }

  arrow::Status status_;
};

}  // namespace

Result<void> StartS3() {
  static const S3Library kLibrary;
  if (kLibrary.status().ok()) return {};
  return Error{ErrorCode::kInternal, "S3 cannot be used: " + Scrubbed(kLibrary.status().message())};
}

}  // namespace coulis
