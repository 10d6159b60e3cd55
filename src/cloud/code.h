// What jobs are made of, in the bucket: the jar, and models by name.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cloud/aws.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// Where the jar is, for `up` and `submit`.
inline constexpr const char* kJarKey = "code/coulis-spark.jar";
/// Where models are, each in the folder of its name; the stacks tell Spark so (spark.hadoop.coulis.models).
inline constexpr const char* kModelsKey = "code/models/";
/// The model of a job that names none.
inline constexpr const char* kDefaultModel = "mobilenet_v2";

/// The prefix code/ of a bucket, as it was listed.
class Code {
 public:
  /// Everything seems to be there in a dry run. `aws` must outlive it.
  [[nodiscard]] static Result<Code> In(Aws& aws, const std::string& bucket);

  /// What a job without options lacks, each with the command that brings it.
  [[nodiscard]] std::vector<std::string> Missing() const { return Missing(kDefaultModel); }

  /// Errors: kNotFound: what a job with these arguments lacks, and how to bring it; kInvalidArgument: results
  /// where jobs may not write.
  [[nodiscard]] Result<void> Check(const std::vector<std::string>& arguments) const;

 private:
  Code(std::string bucket, const CloudOptions& options) : bucket_(std::move(bucket)), options_(options) {}
  [[nodiscard]] std::vector<std::string> Missing(const std::string& model) const;

  std::string bucket_;
  const CloudOptions& options_;
  std::set<std::string> keys_;
};

/// Uploads the jar, the wheel and the models that are given.
[[nodiscard]] Result<void> UploadCode(Aws& aws, const CloudUpOptions& up, const std::string& bucket);

}  // namespace coulis::cloud
