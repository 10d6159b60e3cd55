// `coulis cloud up`: stack after stack, each as it should be, then the next.
#include <fstream>
#include <map>
#include <string>
#include <system_error>

#include "base/path_text.h"
#include "cloud/cluster.h"
#include "cloud/code.h"
#include "cloud/next_step.h"
#include "cloud/serverless.h"
#include "cloud/shipped_files.h"
#include "cloud/stacks.h"
#include "cloud/up_cluster.h"
#include "coulis/cloud.h"

namespace coulis {
namespace fs = std::filesystem;

namespace cloud {
namespace {

using Parameters = std::map<std::string, std::string>;

// Where a dry run says that the stacks be written.
constexpr const char* kDryFolder = "coulis-aws";

Error CannotRead(const fs::path& file, const std::string& advice) {
  return {ErrorCode::kNotFound, "cannot read " + PathText(file.native()) + ": " + advice};
}

Result<void> CheckFiles(const CloudUpOptions& up) {
  if (up.nodes && *up.nodes < 2) {
    return Error{ErrorCode::kInvalidArgument,
                 "--nodes takes 2 or more: the primary node, and others that compute"};
  }
  if (up.spot_nodes && *up.spot_nodes < 0)
    return Error{ErrorCode::kInvalidArgument, "--spot takes a number of nodes from 0 on"};
  if (up.vpc.empty() ? !up.subnets.empty() || !up.route_table.empty()
                     : up.subnets.empty() || up.subnets.size() > 2) {
    return Error{ErrorCode::kInvalidArgument, "--vpc takes one or two --subnet of it, and these want --vpc"};
  }
  std::error_code ignored;
  if (!up.jar.empty() && !fs::is_regular_file(up.jar, ignored)) {
    return CannotRead(up.jar, "build the jar (docs/spark.md), then name it");
  }
  if (!up.wheel.empty() && !fs::is_regular_file(up.wheel, ignored))
    return CannotRead(up.wheel, "name a wheel");
  for (const fs::path& model : up.models) {
    if (!fs::is_regular_file(model / "model.json", ignored))
      return CannotRead(model, "name a model's folder");
  }
  return {};
}

Result<std::string> PublicKeyIn(const fs::path& file) {
  if (file.empty()) return std::string();
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) return CannotRead(file, "make a key pair with `ssh-keygen -t ed25519`");
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  if (line.starts_with("ssh-ed25519 ") || line.starts_with("ssh-rsa ")) return line;
  return Error{ErrorCode::kInvalidArgument,
               PathText(file.native()) + " is no public key of OpenSSH (ed25519 or RSA): name the .pub file"};
}

Result<fs::path> Templates(Aws& aws) {
  if (aws.dry()) {
    aws.options().print(ShellLine({"coulis", "cloud", "template", "--out", kDryFolder}));
    return fs::path(kDryFolder);
  }
  const fs::path folder = aws.folder() / "stacks";
  if (Result<void> written = WriteShippedFiles(folder); !written) return written.error();
  return folder;
}

// Another name would make CloudFormation put another bucket in the place of the one with the photographs.
Result<void> MakeStorage(Aws& aws, const CloudUpOptions& up, const fs::path& folder) {
  if (!up.bucket.empty() && !aws.dry()) {
    Result<std::string> there = BucketOf(aws);
    if (!there && there.error().code != ErrorCode::kNotFound) return there.error();
    if (there && *there != up.bucket) {
      return Error{ErrorCode::kInvalidArgument,
                   "project " + aws.options().project + " has the bucket " + PathText(*there) +
                       " already: leave out --bucket, or choose another --project"};
    }
  }
  return Deploy(aws, {"storage", folder, {{"BucketName", up.bucket}}});
}

Result<void> MakeServerless(Aws& aws, const fs::path& folder, const std::string& bucket) {
  Result<bool> may = ServerlessMayChange(aws);
  if (!may) return may.error();
  if (*may) return Deploy(aws, {"serverless", folder, {{"Bucket", bucket}}});
  aws.options().progress("serverless: a job is under way; stays as it is", true);
  return {};
}

// What CloudFormation cannot put in the place of what is in use: another key of the same name, another
// network.
Result<void> CheckFixed(Aws& aws, const std::string& stack, const char* parameter, const std::string& wanted,
                        const std::string& what) {
  if (wanted.empty()) return {};
  Result<Parameters> parameters = StackParameters(aws, stack);
  if (!parameters) return parameters.error();
  const auto before = parameters->find(parameter);
  if (before == parameters->end() || before->second == wanted) return {};
  // A key can be added later.
  if (before->second.empty() && stack == "access") return {};
  return Error{ErrorCode::kInvalidArgument, "project " + aws.options().project + " has another " + what +
                                                " already: leave the option out, or begin anew with " +
                                                NextStep(aws.options(), "down")};
}

// What jobs need that nobody has brought yet is said, for a cluster is of use without.
Result<void> SayWhatIsThere(Aws& aws, const std::string& bucket) {
  if (aws.dry()) return {};
  aws.options().print("bucket   s3://" + bucket);
  Result<Code> code = Code::In(aws, bucket);
  if (!code) return code.error();
  for (const std::string& missing : code->Missing()) aws.options().print("missing  " + missing);
  return {};
}

}  // namespace
}  // namespace cloud

Result<void> CloudUp(const CloudOptions& options, const CloudUpOptions& up) {
  using namespace cloud;  // NOLINT(google-build-using-namespace)
  if (Result<void> checked = CheckCloudOptions(options); !checked) return checked;
  if (Result<void> checked = CheckFiles(up); !checked) return checked;
  Result<std::string> public_key = PublicKeyIn(up.public_key);
  if (!public_key) return public_key.error();
  Aws aws(options);
  if (Result<std::string> known = aws.Run({"sts", "get-caller-identity"}); !known) return known.error();
  Result<fs::path> folder = Templates(aws);
  if (!folder) return folder.error();

  Result<void> done = CheckFixed(aws, "access", "PublicKey", *public_key, "public key");
  if (done) done = CheckFixed(aws, "network", "ExistingVpc", up.vpc, "network");
  if (!done) return done;
  done = MakeStorage(aws, up, *folder);
  if (!done) return done;
  Result<std::string> bucket = BucketOf(aws);
  if (!bucket) return bucket.error();
  done = UploadCode(aws, up, *bucket);
  if (!done) return done;
  done = Deploy(aws, {"access", *folder, {{"Bucket", *bucket}, {"PublicKey", *public_key}}});
  if (!done) return done;
  done = up.cluster ? MakeCluster(aws, up, *folder, *bucket) : MakeServerless(aws, *folder, *bucket);
  if (!done) return done;
  return SayWhatIsThere(aws, *bucket);
}

}  // namespace coulis
