// `coulis cloud up`: stack after stack, each as it should be, then the next.
#include <fstream>
#include <map>
#include <string>
#include <system_error>

#include "base/path_text.h"
#include "cloud/cluster.h"
#include "cloud/shipped_files.h"
#include "cloud/stacks.h"
#include "cloud/up_files.h"
#include "coulis/cloud.h"

namespace coulis {
namespace fs = std::filesystem;

namespace cloud {
namespace {

// Where a dry run says that the stacks be written.
constexpr const char* kDryFolder = "coulis-aws";

Error CannotRead(const fs::path& file, const std::string& advice) {
  return {ErrorCode::kNotFound, "cannot read " + PathText(file.native()) + ": " + advice};
}

Result<void> CheckFiles(const CloudUpOptions& up) {
  if (up.nodes < 2) {
    return Error{ErrorCode::kInvalidArgument,
                 "--nodes takes 2 or more: the primary node, and others that compute"};
  }
  if (up.spot_nodes < 0)
    return Error{ErrorCode::kInvalidArgument, "--spot takes a number of nodes from 0 on"};
  std::error_code ignored;
  if (!up.jar.empty() && !fs::is_regular_file(up.jar, ignored)) {
    return CannotRead(up.jar, "build the jar (docs/spark.md), then name it");
  }
  if (!up.wheel.empty() && !fs::is_regular_file(up.wheel, ignored))
    return CannotRead(up.wheel, "name a wheel");
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

Result<void> UploadCode(Aws& aws, const CloudUpOptions& up, const std::string& bucket) {
  if (!up.jar.empty()) {
    if (Result<void> done = Upload(aws, up.jar, bucket, kJarKey); !done) return done;
  }
  if (up.wheel.empty()) return {};
  return Upload(aws, up.wheel, bucket, "code/" + up.wheel.filename().string());
}

// EMR ends an idle cluster, but its stack stays and would be taken for a cluster.
Result<bool> ClusterIsThere(Aws& aws) {
  Result<std::map<std::string, std::string>> states = StackStates(aws);
  if (!states) return states.error();
  const auto found = states->find("cluster");
  if (found == states->end()) return false;
  if (!found->second.ends_with("_COMPLETE") || found->second.find("ROLLBACK") != std::string::npos)
    return true;
  Result<std::string> id = ClusterId(aws);
  if (!id) return id.error();
  Result<bool> ended = ClusterHasEnded(aws, *id);
  if (!ended) return ended;
  if (!*ended) return true;
  if (Result<void> deleted = Delete(aws, "cluster"); !deleted) return deleted.error();
  return false;
}

Result<void> MakeCluster(Aws& aws, const CloudUpOptions& up, const fs::path& folder,
                         const std::string& bucket) {
  for (const char* stack : {"network", "security"}) {
    if (Result<void> done = Deploy(aws, {stack, folder, {{"Bucket", bucket}}}); !done) return done;
  }
  Result<bool> there = ClusterIsThere(aws);
  if (!there) return there.error();
  // Nodes that are there trust the certificate with which they started.
  if (!*there) {
    if (Result<void> done = UploadCertificate(aws, folder, bucket); !done) return done;
  }
  if (up.notebooks) {
    if (Result<void> done = UploadNotebookPython(aws, folder, bucket); !done) return done;
  }
  std::string key_name;
  if (!up.public_key.empty()) {
    Result<std::string> key = StackOutput(aws, "access", "KeyName", "key");
    if (!key) return key.error();
    key_name = *key;
  }
  const std::string core = std::to_string(up.nodes - 1);
  const int most = up.nodes - 1 + up.spot_nodes;
  return Deploy(aws, {"cluster",
                      folder,
                      {{"Bucket", bucket},
                       {"InstanceType", up.instance},
                       {"CoreNodes", core},
                       {"MaxNodes", std::to_string(most > 4 ? most : 4)},
                       {"SpotNodes", std::to_string(up.spot_nodes)},
                       {"Notebooks", up.notebooks ? "true" : "false"},
                       {"KeyName", key_name}}});
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

  Result<void> done = Deploy(aws, {"storage", *folder, {{"BucketName", up.bucket}}});
  if (!done) return done;
  Result<std::string> bucket = BucketOf(aws);
  if (!bucket) return bucket.error();
  done = UploadCode(aws, up, *bucket);
  if (!done) return done;
  done = Deploy(aws, {"access", *folder, {{"Bucket", *bucket}, {"PublicKey", *public_key}}});
  if (!done) return done;
  done = up.cluster ? MakeCluster(aws, up, *folder, *bucket)
                    : Deploy(aws, {"serverless", *folder, {{"Bucket", *bucket}}});
  if (!done) return done;
  if (!aws.dry()) options.print("bucket   s3://" + *bucket);
  return {};
}

}  // namespace coulis
