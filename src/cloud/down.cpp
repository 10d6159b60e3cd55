// `coulis cloud down`: everything but the data, or everything.
#include <map>
#include <ranges>
#include <sstream>

#include "base/durable_file.h"
#include "base/path_text.h"
#include "cloud/cluster.h"
#include "cloud/prices.h"
#include "cloud/serverless.h"
#include "cloud/shipped_files.h"
#include "cloud/stacks.h"
#include "coulis/cloud.h"

namespace coulis {
namespace {

using cloud::Aws;

// What one request may delete.
constexpr const char* kDeletedAtOnce = "1000";

// "Total Size: 1234" → 1234, of the end of `aws s3 ls --summarize`.
double Summary(const std::string& text, const std::string& what) {
  const std::size_t at = text.rfind(what + ":");
  if (at == std::string::npos) return 0;
  std::istringstream rest(text.substr(at + what.size() + 1));
  double number = 0;
  rest >> number;
  return number;
}

Result<void> SayWhatIsLeft(Aws& aws, const std::string& bucket) {
  // Prints each name, of which the end alone is wanted; the answer is not kept for long.
  Result<std::string> listing = aws.Run({"s3", "ls", "--recursive", "--summarize", "s3://" + bucket});
  if (!listing) return listing.error();
  if (aws.dry()) return {};
  const double gigabytes = Summary(*listing, "Total Size") / 1e9;
  Result<cloud::Prices> prices = cloud::Prices::Read({});
  if (!prices) return prices.error();
  const double month = gigabytes * prices->Find(aws.options().region, "s3-storage").value_or(0);
  std::ostringstream line;
  line.precision(2);
  line << std::fixed << "left     s3://" << bucket << ": "
       << static_cast<long long>(Summary(*listing, "Total Objects")) << " objects, " << gigabytes
       << " GB, about $" << month
       << " a month (an estimate, not a quote; old versions come on top for 30 days)";
  aws.options().print(line.str());
  aws.options().print("delete   `coulis cloud down --delete-data`");
  return {};
}

// Versions and marks of deletion, a thousand at a time, until there are none.
Result<void> EmptyBucket(Aws& aws, const std::string& bucket) {
  const std::string file = aws.dry() ? "versions.json" : (aws.folder() / "versions.json").string();
  while (true) {
    const cloud::Words list = {
        "s3api",
        "list-object-versions",
        "--bucket",
        bucket,
        "--max-items",
        kDeletedAtOnce,
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
    Result<std::string> deleted =
        aws.Run({"s3api", "delete-objects", "--bucket", bucket, "--delete", "file://" + file});
    if (!deleted) return deleted.error();
    if (aws.dry()) return {};
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

// A bucket that is gone was deleted before an interruption.
Result<void> DeleteData(Aws& aws, const std::string& bucket) {
  Result<void> emptied = EmptyBucket(aws, bucket);
  const bool gone = !emptied && emptied.error().message.find("NoSuchBucket") != std::string::npos;
  if (!emptied && !gone) return emptied;
  if (!gone) {
    Result<std::string> deleted = aws.Run({"s3api", "delete-bucket", "--bucket", bucket});
    if (!deleted) return deleted.error();
  }
  if (Result<void> deleted = cloud::Delete(aws, "storage"); !deleted) return deleted;
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
  return delete_data ? DeleteData(aws, *bucket) : SayWhatIsLeft(aws, *bucket);
}

}  // namespace coulis
