// `coulis cloud run`: from a folder here to results here, with the price known first.
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "base/path_text.h"
#include "cloud/cluster.h"
#include "cloud/stacks.h"
#include "coulis/cloud.h"
#include "store/listing.h"

namespace coulis {
namespace fs = std::filesystem;

namespace {

using cloud::Aws;

constexpr double kKilobyte = 1000;
constexpr double kMillion = 1e6;

struct Images {
  std::int64_t files = 0;
  double bytes = 0;
};

// What a job would read of the input, without opening it.
Result<Images> Count(const fs::path& input) {
  Result<Listing> listing = Listing::Open({input.string()}, {});
  if (!listing) return listing.error();
  Images images;
  while (true) {
    Result<std::optional<ImageFile>> file = listing->Next();
    if (!file) return file.error();
    if (!*file) break;
    if ((*file)->error) return *(*file)->error;
    std::error_code ignored;
    const std::uintmax_t bytes = fs::file_size((*file)->file.path(), ignored);
    images.bytes += ignored ? 0 : static_cast<double>(bytes);
    ++images.files;
  }
  if (images.files > 0) return images;
  return Error{ErrorCode::kNotFound,
               "there are no images in " + PathText(input.native()) + ": name a folder that holds some"};
}

std::string Dollars(double amount) {
  if (amount < 0.005) return "less than a cent";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "$%.2f", amount);
  return text.data();
}

CostOptions CostOf(const CloudRunOptions& run, const Images& images) {
  CostOptions cost;
  cost.images = images.files;
  cost.kilobytes = images.bytes / kKilobyte / static_cast<double>(images.files);
  if (!(cost.kilobytes > 0)) cost.kilobytes = 1;
  if (run.up.instance) cost.instance = *run.up.instance;
  if (run.up.nodes) cost.nodes = *run.up.nodes;
  return cost;
}

// The price of the job in the region, as one line.
Result<std::string> Price(const CloudOptions& options, const CloudRunOptions& run, const Images& images) {
  Result<CostEstimate> estimate = EstimateCost(CostOf(run, images));
  if (!estimate) return estimate.error();
  for (const RegionCost& region : estimate->regions) {
    if (region.region != options.region) continue;
    std::string job = "an unknown price";
    if (run.up.cluster) {
      job = Dollars(region.job);
    } else if (region.serverless_million) {
      job = Dollars(*region.serverless_million * static_cast<double>(images.files) / kMillion);
    }
    return "price    " + job + " for the job in " + region.place + ", " + Dollars(region.upload) +
           " to bring " + std::to_string(images.files) + " files to S3, " + Dollars(region.storage_month) +
           " a month while they stay there: an estimate by prices of " + estimate->prices_date +
           ", in US dollars without tax, not a quote";
  }
  return "price    unknown in " + options.region;
}

Result<void> Confirm(const CloudOptions& options, const CloudRunOptions& run) {
  Result<Images> images = Count(run.input);
  if (!images) return images.error();
  Result<std::string> price = Price(options, run, *images);
  if (!price) return price.error();
  options.print(*price);
  if (run.confirmed || options.ask("\"yes\", to go on: ") == "yes") return {};
  return Error{ErrorCode::kCancelled, "nothing was made: say --yes, or answer yes"};
}

// Results appear whole: a folder beside, then a rename.
fs::path Aside(const fs::path& out) {
  const fs::path whole = fs::absolute(out).lexically_normal();
  const fs::path named = whole.has_filename() ? whole : whole.parent_path();
  return named.parent_path() / ("." + named.filename().string() + ".arriving");
}

Result<void> CheckPlaces(const CloudRunOptions& run) {
  std::error_code ignored;
  if (!fs::exists(run.input, ignored)) {
    return Error{ErrorCode::kNotFound,
                 "there is no " + PathText(run.input.native()) + ": name a folder of images on this machine"};
  }
  if (!fs::exists(run.out, ignored) ||
      (fs::is_directory(run.out, ignored) && fs::is_empty(run.out, ignored))) {
    return {};
  }
  return Error{ErrorCode::kAlreadyExists,
               PathText(run.out.native()) + " is not empty: name another folder for the results with --out"};
}

Result<void> CheckName(const std::string& name) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  if (!name.empty() && name.find_first_not_of(kPlain) == std::string::npos) return {};
  return Error{ErrorCode::kInvalidArgument,
               "--name takes letters, digits, - and _, not \"" + PathText(name) + "\""};
}

// A cluster that is there stays as it is; a job needs no notebooks.
Result<CloudUpOptions> WhatToMake(const CloudOptions& options, const CloudRunOptions& run) {
  CloudUpOptions up = run.up;
  if (!up.cluster || up.notebooks) return up;
  Aws aws(options);
  Result<std::map<std::string, std::string>> states = cloud::StackStates(aws);
  if (!states) return states.error();
  if (!states->contains("cluster")) up.notebooks = false;
  return up;
}

Result<void> Bring(Aws& aws, const fs::path& input, const std::string& place) {
  std::error_code ignored;
  if (fs::is_directory(input, ignored)) {
    return aws.Transfer({"s3", "sync", "--no-progress", input.string(), place}, "bringing the images");
  }
  return aws.Transfer({"s3", "cp", "--no-progress", input.string(), place + "/"}, "bringing the images");
}

Result<void> Fetch(Aws& aws, const std::string& place, const fs::path& out) {
  const fs::path aside = Aside(out);
  Result<void> fetched = aws.Transfer({"s3", "sync", "--no-progress", "--delete", place, aside.string()},
                                      "fetching the results");
  if (!fetched) return fetched;
  if (aws.dry()) return aws.RunProgramNamed({"mv", "-T", aside.string(), out.string()});
  return RenameDurably(aside, out);
}

CloudSubmitOptions JobOf(const CloudRunOptions& run, const std::string& bucket) {
  CloudSubmitOptions submit;
  const std::string place = "s3://" + bucket;
  submit.arguments = {place + "/images/" + run.name, "--out", place + "/results/" + run.name, "--resume"};
  submit.arguments.insert(submit.arguments.end(), run.arguments.begin(), run.arguments.end());
  submit.name = run.name;
  submit.serverless = !run.up.cluster;
  submit.take_up = true;
  return submit;
}

}  // namespace

Result<int> CloudRun(const CloudOptions& options, const CloudRunOptions& run) {
  if (Result<void> checked = cloud::CheckCloudOptions(options); !checked) return checked.error();
  if (Result<void> checked = CheckName(run.name); !checked) return checked.error();
  if (Result<void> checked = CheckPlaces(run); !checked) return checked.error();
  if (!options.dry_run) {
    if (Result<void> confirmed = Confirm(options, run); !confirmed) return confirmed.error();
  }
  Result<CloudUpOptions> up = WhatToMake(options, run);
  if (!up) return up.error();
  if (Result<void> made = CloudUp(options, *up); !made) return made.error();

  Aws aws(options);
  Result<std::string> bucket = cloud::BucketOf(aws);
  if (!bucket) return bucket.error();
  const std::string place = "s3://" + *bucket;
  Result<void> brought = Bring(aws, run.input, place + "/images/" + run.name);
  if (!brought) return brought.error();
  // In a dry run it asks the shell for the bucket again, under the same name.
  Result<int> code = CloudSubmit(options, JobOf(run, *bucket));
  if (!code) return code;
  if (Result<void> fetched = Fetch(aws, place + "/results/" + run.name, run.out); !fetched)
    return fetched.error();
  if (!options.dry_run) options.print("results  " + PathText(run.out.native()));
  if (run.keep) return code;
  if (Result<void> deleted = CloudDown(options, /*delete_data=*/false); !deleted) return deleted.error();
  return code;
}

}  // namespace coulis
