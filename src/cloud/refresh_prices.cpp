// `coulis cloud prices`: the table of prices with what AWS's public price lists say today.
#include <array>
#include <cstdio>
#include <map>
#include <sstream>
#include <utility>

#include "base/durable_file.h"
#include "base/environment.h"
#include "base/path_text.h"
#include "base/utc_now.h"
#include "cloud/aws.h"
#include "cloud/price_list.h"
#include "cloud/prices.h"
#include "cloud/web_stream.h"
#include "coulis/cloud.h"

namespace coulis {
namespace {

using cloud::PriceList;
using cloud::Prices;
using cloud::WantedPrice;

constexpr const char* kPublicList = "https://pricing.us-east-1.amazonaws.com";
constexpr std::size_t kDateLength = 10;
constexpr double kMegabyte = 1e6;
constexpr double kProgressStep = 10 * kMegabyte;

// A price that a list gave, and where it says so.
struct Found {
  double dollars = 0;
  std::string source;
};
// By region and item.
using FoundPrices = std::map<std::pair<std::string, std::string>, Found>;

// Service of AWS → what of it prices.csv holds.
std::map<std::string, std::vector<WantedPrice>> Wanted(const std::set<std::string>& instances) {
  constexpr double kThousand = 1000;
  std::map<std::string, std::vector<WantedPrice>> wanted = {
      {"AmazonEC2",
       {{"gp3", "EBS:VolumeUsage.gp3", "GB-Mo", "", "", 1},
        {"nat", "NatGateway-Hours", "Hrs", "NatGateway", "", 1}}},
      {"AmazonS3",
       {{"s3-storage", "TimedStorage-ByteHrs", "GB-Mo", "", "", 1},
        {"s3-put", "Requests-Tier1", "Requests", "", "", kThousand},
        {"s3-get", "Requests-Tier2", "Requests", "", "", kThousand}}},
      {"ElasticMapReduce",
       {{"serverless-vcpu", "EMR-SERVERLESS-vCPUHours", "", "", "", 1},
        {"serverless-gb", "EMR-SERVERLESS-MemoryGBHours", "", "", "", 1}}},
  };
  for (const std::string& type : instances) {
    const std::string usage = "BoxUsage:" + type;
    wanted["AmazonEC2"].push_back({"ec2:" + type, usage, "Hrs", "RunInstances", "", 1});
    wanted["ElasticMapReduce"].push_back({"emr:" + type, usage, "Hrs", "", "EMR", 1});
  }
  return wanted;
}

std::string Number(double dollars) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g", dollars);
  return text.data();
}

std::string Endpoint() {
  const std::string other = EnvironmentVariable("COULIS_PRICE_LIST");
  return other.empty() ? kPublicList : other;
}

Result<void> ReadList(const CloudOptions& options, const std::string& service, const std::string& region,
                      std::vector<WantedPrice> wanted, FoundPrices& found) {
  const std::string name = service + "/" + region;
  const std::string url = Endpoint() + "/offers/v1.0/aws/" + service + "/current/" + region + "/index.csv";
  if (options.dry_run) {
    options.print(cloud::ShellLine({"curl", "--fail", "--location", url}));
    return {};
  }
  PriceList list(std::move(wanted));
  double bytes = 0;
  double told = 0;
  Result<void> read = cloud::StreamUrl(
      url,
      [&](std::string_view piece) {
        bytes += static_cast<double>(piece.size());
        if (bytes >= told) {
          options.progress("reading " + name + " (" + Number(static_cast<int>(bytes / kMegabyte)) + " MB)",
                           false);
          told = bytes + kProgressStep;
        }
        return list.Feed(piece);
      },
      options.stop);
  if (read) read = list.End();
  if (!read) {
    if (read.error().code == ErrorCode::kCancelled) return read;
    return Error{read.error().code == ErrorCode::kInternal ? ErrorCode::kInternal : ErrorCode::kIo,
                 "cannot read the price list " + url + ": " + PathText(read.error().message) +
                     ": no price was changed; use those there are, or try again"};
  }
  options.progress("read " + name + " of " + list.published(), true);
  for (const auto& [item, price] : list.prices()) {
    found[{region, item}] = {price.dollars,
                             "AWS price list " + name + " of " + list.published() + ": " + price.usage_type};
  }
  return {};
}

Error HasNone(const std::string& service, const std::string& region) {
  return {ErrorCode::kIo, "the price list " + service + "/" + region +
                              " has none of the prices: AWS may have changed its form; no price was changed"};
}

std::string Line(const std::string& region, const std::string& item, const std::string& unit,
                 const Found& price) {
  return region + "," + item + "," + unit + "," + Number(price.dollars) + "," + price.source + "\n";
}

// The table with the lines that were found; what had a line for all regions only gets one of its own.
std::string Replaced(const std::string& text, FoundPrices found) {
  std::string table;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(',');
    const std::size_t second = line.find(',', first + 1);
    const bool comment = line.starts_with('#') || second == std::string::npos;
    if (line.starts_with("date,")) {
      table += "date," + UtcNow().substr(0, kDateLength) + "\n";
      continue;
    }
    const auto price = comment
                           ? found.end()
                           : found.find({line.substr(0, first), line.substr(first + 1, second - first - 1)});
    if (price == found.end()) {
      table += line + "\n";
      continue;
    }
    const std::string unit = line.substr(second + 1, line.find(',', second + 1) - second - 1);
    table += Line(price->first.first, price->first.second, unit, price->second);
    found.erase(price);
  }
  for (const auto& [key, price] : found) table += Line(key.first, key.second, "hour", price);
  return table;
}

void PrintChanges(const CloudOptions& options, const Prices& before, const FoundPrices& found) {
  int same = 0;
  for (const auto& [key, price] : found) {
    const std::optional<double> old = before.Find(key.first, key.second);
    if (old && Number(*old) == Number(price.dollars)) {
      ++same;
      continue;
    }
    std::string line = "changed  ";
    line.append(key.first).append(" ").append(key.second).append(": ");
    line.append(old ? Number(*old) : "none").append(" to ").append(Number(price.dollars));
    options.print(line);
  }
  options.print("same     " + std::to_string(same) + " prices");
}

Result<std::set<std::string>> RegionsOf(const PriceRefreshOptions& refresh, const Prices& prices) {
  const std::set<std::string> known = prices.Regions();
  if (refresh.regions.empty()) return known;
  for (const std::string& region : refresh.regions) {
    if (known.contains(region)) continue;
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
    return Error{ErrorCode::kInvalidArgument,
                 "the prices know no region " + PathText(region) + ": --region takes " + names};
  }
  return std::set<std::string>(refresh.regions.begin(), refresh.regions.end());
}

}  // namespace

Result<void> CloudPrices(const CloudOptions& options, const PriceRefreshOptions& refresh) {
  Result<std::string> text = cloud::PricesText(refresh.prices);
  if (!text) return text.error();
  Result<Prices> before = Prices::Parse(*text);
  if (!before) return before.error();
  Result<std::set<std::string>> regions = RegionsOf(refresh, *before);
  if (!regions) return regions.error();
  FoundPrices found;
  for (const std::string& region : *regions) {
    for (auto& [service, wanted] : Wanted(before->Instances())) {
      const std::size_t had = found.size();
      if (Result<void> read = ReadList(options, service, region, wanted, found); !read) return read;
      if (found.size() > had || options.dry_run) continue;
      return HasNone(service, region);
    }
  }
  if (options.dry_run) return {};
  const std::string table = Replaced(*text, found);
  if (Result<Prices> after = Prices::Parse(table); !after) return after.error();
  if (Result<void> written = WriteFileDurably(refresh.out, table); !written) return written;
  PrintChanges(options, *before, found);
  options.print("prices   " + PathText(refresh.out.native()) + ", for `coulis cloud cost --prices`");
  return {};
}

}  // namespace coulis
