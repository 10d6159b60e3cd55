// What a job costs: arithmetic on prices.csv and a measured speed.
#include <algorithm>
#include <utility>

#include "base/path_text.h"
#include "cloud/embedded_text.h"
#include "cloud/measured_speed.h"
#include "cloud/prices.h"
#include "coulis/cloud.h"
#include "store/regions.h"

namespace coulis {
namespace {

using cloud::Prices;

constexpr double kMillion = 1e6;
constexpr double kHoursOfMonth = 730;
// Root disk and the disk for what Spark spills, of the cluster stack's defaults.
constexpr double kDiskGigabytes = 32 + 32;
// From the request to the first step, JupyterHub included. Assumed; never measured.
constexpr double kStartHours = 10.0 / 60;
// Float features and PCA of an image in Parquet.
constexpr double kResultKilobytes = 6;
// Names that one request lists.
constexpr double kNamesOfListing = 1000;
constexpr double kServerlessGigabytesOfVcpu = 4;
constexpr double kSecondsOfHour = 3600;
constexpr double kKilobytesOfGigabyte = 1e6;

Result<void> Check(const CostOptions& options, const Prices& prices) {
  const auto wrong = [](const std::string& what) { return Error{ErrorCode::kInvalidArgument, what}; };
  if (options.images < 1) return wrong("--images takes a number from 1 on");
  if (!(options.kilobytes > 0)) return wrong("--image-size takes kilobytes above 0");
  if (options.nodes < 2) return wrong("--nodes takes 2 or more: the primary node, and others that compute");
  if (options.hours && !(*options.hours > 0)) return wrong("--hours takes a number above 0");
  const std::set<std::string> known = prices.Instances();
  if (known.contains(options.instance)) return {};
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
  return wrong("no prices for instance " + PathText(options.instance) + ": there are " + names +
               "; --prices FILE brings others");
}

// What a region lacks is an error rather than a zero.
class RegionPrices {
 public:
  RegionPrices(const Prices& prices, std::string region) : prices_(prices), region_(std::move(region)) {}

  double operator()(const std::string& item) {
    const std::optional<double> found = prices_.Find(region_, item);
    if (!found && missing_.empty()) missing_ = item;
    return found.value_or(0);
  }
  [[nodiscard]] std::optional<double> Maybe(const std::string& item) const {
    return prices_.Find(region_, item);
  }
  [[nodiscard]] const std::string& missing() const { return missing_; }
  [[nodiscard]] const std::string& region() const { return region_; }

 private:
  const Prices& prices_;
  std::string region_;
  std::string missing_;
};

// Each image is read once, and listed once.
double Requests(RegionPrices& price, double images) {
  return images / 1000 * price("s3-get") + images / kNamesOfListing / 1000 * price("s3-put");
}

std::optional<double> ServerlessMillion(RegionPrices& price, double vcpu_hours) {
  const std::optional<double> vcpu = price.Maybe("serverless-vcpu");
  const std::optional<double> gigabyte = price.Maybe("serverless-gb");
  if (!vcpu || !gigabyte) return std::nullopt;
  return vcpu_hours * (*vcpu + kServerlessGigabytesOfVcpu * *gigabyte) + Requests(price, kMillion);
}

RegionCost CostIn(RegionPrices& price, const CostOptions& options, const CostEstimate& estimate) {
  RegionCost cost;
  cost.region = price.region();
  if (const auto known = FindRegionNamed(cost.region)) {
    cost.place = known->place;
    cost.in_eea = known->group == "eu" || known->group == "eea";
  }
  cost.ec2_hour = price("ec2:" + options.instance);
  cost.emr_hour = price("emr:" + options.instance);
  cost.other_hour = options.nodes * kDiskGigabytes * price("gp3") / kHoursOfMonth + price("nat");
  const double hour = options.nodes * (cost.ec2_hour + cost.emr_hour) + cost.other_hour;
  const auto images = static_cast<double>(options.images);
  cost.job = hour * estimate.hours + Requests(price, images);

  const double million_hours = kMillion / estimate.images_per_second / kSecondsOfHour;
  cost.million = hour * million_hours + Requests(price, kMillion);
  if (const std::optional<double> spot = price.Maybe("spot:" + options.instance)) {
    cost.spot_million = cost.million - (options.nodes - 1) * (cost.ec2_hour - *spot) * million_hours;
  }
  const double vcpus = (options.nodes - 1) * price("vcpu:" + options.instance);
  cost.serverless_million = ServerlessMillion(price, million_hours * vcpus);
  cost.upload = images / 1000 * price("s3-put");
  cost.storage_month =
      images * (options.kilobytes + kResultKilobytes) / kKilobytesOfGigabyte * price("s3-storage");
  return cost;
}

}  // namespace

Result<CostEstimate> EstimateCost(const CostOptions& options) {
  Result<Prices> prices = Prices::Read(options.prices);
  if (!prices) return prices.error();
  if (Result<void> checked = Check(options, *prices); !checked) return checked.error();
  Result<cloud::MeasuredSpeed> speed =
      cloud::SpeedIn(cloud::kComparison, cloud::kComparisonPage, options.precision);
  if (!speed) return speed.error();

  CostEstimate estimate;
  estimate.prices_date = prices->date();
  estimate.measurement = speed->measurement;
  estimate.unverified = prices->Unverified();
  const std::optional<double> vcpus = prices->Find("*", "vcpu:" + options.instance);
  if (!vcpus || *vcpus < 1) {
    return Error{ErrorCode::kInvalidArgument, "the prices do not say how many vCPUs " + options.instance +
                                                  " has: add a line *,vcpu:" + options.instance +
                                                  ",vCPU,N,SOURCE"};
  }
  estimate.images_per_second = speed->per_core * *vcpus * (options.nodes - 1);
  estimate.start_hours = kStartHours;
  const double work = static_cast<double>(options.images) / estimate.images_per_second / kSecondsOfHour;
  estimate.hours = options.hours.value_or(kStartHours + work);
  for (const std::string& region : prices->Regions()) {
    RegionPrices price(*prices, region);
    RegionCost cost = CostIn(price, options, estimate);
    if (!price.missing().empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "the prices of " + region + " lack " + price.missing() + ": add a line for it"};
    }
    estimate.regions.push_back(std::move(cost));
  }
  std::stable_sort(estimate.regions.begin(), estimate.regions.end(),
                   [](const RegionCost& a, const RegionCost& b) { return a.job < b.job; });
  return estimate;
}

}  // namespace coulis
