// `coulis cloud down`: everything but the data, or everything.
#include <map>
#include <ranges>
#include <sstream>

#include "base/durable_file.h"
#include "base/path_text.h"
#include "cloud/aws_json.h"
#include "cloud/cluster.h"
#include "cloud/next_step.h"
#include "cloud/prices.h"
#include "cloud/serverless.h"
#include "cloud/shipped_files.h"
#include "cloud/stacks.h"
#include "coulis/cloud.h"

namespace coulis {
namespace {

using cloud::Aws;

// Names that are counted to say what is left; a bucket may hold a thousand million.
constexpr const char* kMostCounted = "100000";

Result<void> SayWhatIsLeft(Aws& aws, const std::string& bucket) {
  aws.options().progress("looking at what is left in s3://" + bucket, false);
  Result<nlohmann::json> found = aws.Describe(
      {"s3api", "list-objects-v2", "--bucket", bucket, "--max-items", kMostCounted, "--query",
       "{objects: length(Contents || `[]`), bytes: sum(Contents[].Size || `[]`), more: NextToken}"});
  if (!found) return found.error();
  if (aws.dry()) return {};
  const double gigabytes = cloud::Number(*found, "bytes") / 1e9;
  const bool more = !cloud::Member(*found, "more").is_null();
  Result<cloud::Prices> prices = cloud::Prices::Read({});
  if (!prices) return prices.error();
  const double month = gigabytes * prices->Find(aws.options().region, "s3-storage").value_or(0);
  std::ostringstream line;
  line.precision(2);
  line << std::fixed << "left     s3://" << bucket << ": " << (more ? "more than " : "")
       << static_cast<long long>(cloud::Number(*found, "objects")) << " objects, " << gigabytes
       << " GB, about $" << month << " a month" << (more ? " for those that were counted" : "")
       << " (an estimate, not a quote; old versions come on top for 30 days)";
  aws.options().print(line.str());
  aws.options().print("delete   " + cloud::NextStep(aws.options(), "down --delete-data"));
  return {};
}

// What S3 would not delete, of an answer that names nothing else; else the next turn would find it again.
Result<void> NoneRefused(const nlohmann::json& answer) {
  const nlohmann::json errors = cloud::Member(answer, "Errors");
  if (!errors.is_array() || errors.empty()) return {};
  return Error{ErrorCode::kIo, "S3 does not delete " + cloud::Text(errors[0], "Key") + ": " +
                                   cloud::Text(errors[0], "Code") + ": " + cloud::Text(errors[0], "Message") +
                                   ": let whoever runs this delete versions, then repeat"};
}

// Versions and marks of deletion, a page of at most a thousand of both at a time, which is what one request
// may delete, until there are none.
Result<void> EmptyBucket(Aws& aws, const std::string& bucket) {
  const std::string file = aws.dry() ? "versions.json" : (aws.folder() / "versions.json").string();
  while (true) {
    const cloud::Words list = {
        "s3api",
        "list-object-versions",
        "--bucket",
        bucket,
        "--no-paginate",
        "--query",
        "{Objects: [Versions, DeleteMarkers][] | [?@].{Key: Key, VersionId: VersionId}, Quiet: `true`}"};
    Result<nlohmann::json> found = aws.Describe(list);
    if (!found) return found.error();
    if (!aws.dry()) {
      const nlohmann::json objects =
          found->is_object() ? found->value("Objects", nlohmann::json()) : nlohmann::json();
      if (!objects.is_array() || objects.empty()) return {};
      if (Result<void> written = WriteFileDurably(file, found->dump()); !written) return written;
    }
    Result<nlohmann::json> deleted =
        aws.Describe({"s3api", "delete-objects", "--bucket", bucket, "--delete", "file://" + file});
    if (!deleted) return deleted.error();
    if (aws.dry()) return {};
    if (Result<void> none = NoneRefused(*deleted); !none) return none;
    aws.options().progress("deleting what is in s3://" + bucket, false);
  }
}

bool SurelyDelete(const CloudOptions& options, const std::string& bucket) {
  if (options.dry_run) return true;
  return options.ask(
             "This deletes s3://" + bucket +
             " with all images, results, notebooks and old versions, for good.\nIts name, to go on: ") ==
             bucket &&
         options.ask("It cannot be undone. \"delete\", to delete it: ") == "delete";
}

// A bucket that somebody has deleted, or an earlier `down`.
bool IsGone(const Error& error) {
  return error.message.find("NoSuchBucket") != std::string::npos;
}

// The stack keeps its bucket, and goes first, for its policy is on it; an interruption then leaves an empty
// bucket, which costs nothing. A bucket that is gone was deleted before.
Result<void> DeleteData(Aws& aws, const std::string& bucket) {
  if (Result<void> emptied = EmptyBucket(aws, bucket); !emptied && !IsGone(emptied.error())) return emptied;
  if (Result<void> deleted = cloud::Delete(aws, "storage"); !deleted) return deleted;
  Result<std::string> deleted = aws.Run({"s3api", "delete-bucket", "--bucket", bucket});
  if (!deleted && !IsGone(deleted.error())) return deleted.error();
  if (!aws.dry()) aws.options().print("left     nothing");
  return {};
}

// The bucket of the project; empty when the project has none.
Result<std::string> BucketIfThere(Aws& aws, const std::map<std::string, std::string>& states) {
  if (!aws.dry() && !states.contains("storage")) return std::string();
  return cloud::BucketOf(aws);
}

}  // namespace

Result<void> CloudDown(const CloudOptions& options, bool delete_data) {
  if (Result<void> checked = cloud::CheckCloudOptions(options); !checked) return checked;
  Aws aws(options);
  Result<std::map<std::string, std::string>> states = cloud::StackStates(aws);
  if (!states) return states.error();
  Result<std::string> bucket = BucketIfThere(aws, *states);
  if (!bucket) return bucket.error();
  if (delete_data && !bucket->empty() && !SurelyDelete(options, *bucket)) {
    return Error{ErrorCode::kCancelled, "nothing was deleted: the answers did not ask for it"};
  }
  for (const std::string& stack : cloud::StackOrder() | std::views::reverse) {
    if (stack == "storage" || (!aws.dry() && !states->contains(stack))) continue;
    if (stack == "serverless") {
      if (Result<void> stopped = cloud::StopServerless(aws); !stopped) return stopped;
    }
    if (Result<void> deleted = cloud::Delete(aws, stack); !deleted) return deleted;
  }
  if (bucket->empty()) {
    options.print("left     nothing that this project made");
    return {};
  }
  if (delete_data) return DeleteData(aws, *bucket);
  Result<void> said = SayWhatIsLeft(aws, *bucket);
  if (said || !IsGone(said.error())) return said;
  options.print("left     the stack of s3://" + *bucket +
                ", which is gone: " + cloud::NextStep(options, "down --delete-data") + " deletes it");
  return {};
}

}  // namespace coulis
