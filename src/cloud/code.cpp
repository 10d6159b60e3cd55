#include "cloud/code.h"

#include <algorithm>
#include <utility>

#include "base/path_text.h"
#include "cloud/next_step.h"
#include "cloud/up_files.h"

namespace coulis::cloud {
namespace fs = std::filesystem;
namespace {

// The value of an option, which the last one decides.
std::string ValueOf(const std::vector<std::string>& arguments, const std::string& option, std::string value) {
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    if (arguments[at] == option && at + 1 < arguments.size()) value = arguments[at + 1];
    if (arguments[at].starts_with(option + "=")) value = arguments[at].substr(option.size() + 1);
  }
  return value;
}

// Whether it lies in the bucket, but where the policy of the stacks lets no job write.
bool IsOutOfBounds(const std::string& out, const std::string& bucket) {
  const std::size_t scheme = out.find("://");
  if (scheme == std::string::npos || !out.starts_with("s3")) return false;
  const std::string place = out.substr(scheme + 3);
  return (place + "/").starts_with(bucket + "/") && !place.starts_with(bucket + "/results/");
}

// A name, not the place of a model.
bool IsName(const std::string& model) {
  return model.find_first_of("/:") == std::string::npos;
}

}  // namespace

Result<Code> Code::In(Aws& aws, const std::string& bucket) {
  Code code(bucket, aws.options());
  Result<nlohmann::json> listed = aws.Describe(
      {"s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "code/", "--query", "Contents[].Key"});
  if (!listed) return listed.error();
  if (!listed->is_array()) return code;
  for (const nlohmann::json& key : *listed) {
    if (key.is_string()) code.keys_.insert(key.get<std::string>());
  }
  return code;
}

std::vector<std::string> Code::Missing(const std::string& model) const {
  std::vector<std::string> missing;
  if (options_.dry_run) return missing;
  const std::string place = "s3://" + bucket_ + "/";
  if (!keys_.contains(kJarKey)) {
    missing.push_back("no jar at " + place + kJarKey + ": bring it with " +
                      NextStep(options_, "up --jar FILE"));
  }
  if (IsName(model) && !keys_.contains(kModelsKey + model + "/model.json")) {
    const std::string name = PathText(model);
    missing.push_back("no model at " + place + kModelsKey + name + ": bring it with `coulis models pull " +
                      name + "` and " + NextStep(options_, "up --model " + name));
  }
  return missing;
}

Result<void> Code::Check(const std::vector<std::string>& arguments) const {
  if (const std::string out = ValueOf(arguments, "--out", ""); IsOutOfBounds(out, bucket_)) {
    return Error{ErrorCode::kInvalidArgument, "--out " + PathText(out) +
                                                  " is not where jobs may write: choose a folder of s3://" +
                                                  bucket_ + "/results/"};
  }
  const std::vector<std::string> missing = Missing(ValueOf(arguments, "--model", kDefaultModel));
  if (missing.empty()) return {};
  return Error{ErrorCode::kNotFound, "there is " + missing.front()};
}

Result<void> UploadCode(Aws& aws, const CloudUpOptions& up, const std::string& bucket) {
  if (!up.jar.empty()) {
    if (Result<void> done = Upload(aws, up.jar, bucket, kJarKey); !done) return done;
  }
  if (!up.wheel.empty()) {
    // A wheel is a zip, and Spark takes Python only from what is called so.
    for (const std::string& name : {up.wheel.filename().string(), std::string("coulis-python.zip")}) {
      if (Result<void> done = Upload(aws, up.wheel, bucket, "code/" + name); !done) return done;
    }
  }
  for (const fs::path& model : up.models) {
    const std::string place = "s3://" + bucket + "/" + kModelsKey + model.filename().string();
    aws.options().progress("uploading model " + model.filename().string(), false);
    Result<std::string> done = aws.Run({"s3", "sync", "--only-show-errors", model.string(), place});
    if (!done) return done.error();
    aws.options().progress(place + ": uploaded", true);
  }
  return {};
}

}  // namespace coulis::cloud
