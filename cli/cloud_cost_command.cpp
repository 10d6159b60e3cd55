#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cloud_flags.h"
#include "exit_code.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct CostFlags {
  CostOptions options;
  bool json = false;
};

std::string Dollars(double amount, int digits = 2) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, amount);
  return text.data();
}

std::string OrNothing(const std::optional<double>& amount) {
  return amount ? Dollars(*amount) : "-";
}

void PrintCost(const CostOptions& options, const CostEstimate& estimate) {
  std::printf("%s images on %d x %s (one of them the primary node, which computes nothing)\n",
              Grouped(options.images).c_str(), options.nodes, options.instance.c_str());
  std::printf("speed     %s images/s, from\n          %s\n",
              Grouped(static_cast<std::int64_t>(estimate.images_per_second)).c_str(),
              estimate.measurement.c_str());
  std::printf("          taken for each vCPU; one of AWS may be slower, and reading S3 was not part of it\n");
  std::printf(
      "time      %s%s\n", Duration(estimate.hours * 3600).c_str(),
      options.hours
          ? ", as --hours says"
          : (", of which " + Duration(estimate.start_hours * 3600) + " are assumed for the start").c_str());
  std::printf("prices    of %s, US dollars without tax; an estimate, not a quote\n\n",
              estimate.prices_date.c_str());

  std::vector<std::vector<std::string>> rows = {{"REGION", "PLACE", "EU/EEA", "EC2/H", "EMR/H", "REST/H",
                                                 "JOB", "MILLION", "WITH SPOT", "SERVERLESS", "UPLOAD",
                                                 "S3/MONTH"}};
  for (const RegionCost& cost : estimate.regions) {
    rows.push_back({cost.region, cost.place, cost.in_eea ? "yes" : "no", Dollars(cost.ec2_hour, 3),
                    Dollars(cost.emr_hour, 3), Dollars(cost.other_hour, 3), Dollars(cost.job),
                    Dollars(cost.million), OrNothing(cost.spot_million), OrNothing(cost.serverless_million),
                    Dollars(cost.upload), Dollars(cost.storage_month, 3)});
  }
  PrintTable(rows);
  std::printf(
      "\nEC2/H and EMR/H: one node. REST/H: disks of all nodes and the NAT gateway. JOB: all of it for the "
      "time above, and\n"
      "requests to S3. MILLION: a million images at full speed, without the start; WITH SPOT: with computing "
      "nodes at an\n"
      "example of a Spot price; SERVERLESS: on EMR Serverless. UPLOAD: bringing the images to S3 one by one, "
      "once. S3/MONTH:\n"
      "images and results. A cluster that nobody deletes ends after an hour without use, which costs an hour "
      "more; its network\n"
      "costs on until `coulis cloud down`.\n");
  if (estimate.unverified.empty()) return;
  std::string kinds;
  for (const std::string& kind : estimate.unverified) kinds += (kinds.empty() ? "" : ", ") + kind;
  std::printf("Prices without a public reference, to be compared with AWS's pages: %s.\n", kinds.c_str());
}

void PrintCostJson(const CostEstimate& estimate) {
  using Json = nlohmann::ordered_json;
  Json regions = Json::array();
  for (const RegionCost& cost : estimate.regions) {
    Json region = {{"region", cost.region},     {"place", cost.place},
                   {"in_eea", cost.in_eea},     {"ec2_hour", cost.ec2_hour},
                   {"emr_hour", cost.emr_hour}, {"other_hour", cost.other_hour},
                   {"job", cost.job},           {"million", cost.million},
                   {"upload", cost.upload},     {"storage_month", cost.storage_month}};
    region["spot_million"] = cost.spot_million ? Json(*cost.spot_million) : Json();
    region["serverless_million"] = cost.serverless_million ? Json(*cost.serverless_million) : Json();
    regions.push_back(region);
  }
  const Json json = {{"estimate_not_quote", true},
                     {"prices_date", estimate.prices_date},
                     {"measurement", estimate.measurement},
                     {"images_per_second", estimate.images_per_second},
                     {"hours", estimate.hours},
                     {"start_hours", estimate.start_hours},
                     {"unverified", estimate.unverified},
                     {"regions", regions}};
  std::printf("%s\n", json.dump(2).c_str());
}

int CostCommand(const CostFlags& flags) {
  const Result<CostEstimate> estimate = EstimateCost(flags.options);
  if (!estimate) {
    PrintError(estimate.error().message);
    return ExitCode(estimate.error());
  }
  flags.json ? PrintCostJson(*estimate) : PrintCost(flags.options, *estimate);
  return kDone;
}

}  // namespace

void AddCloudCostCommand(CLI::App& cloud, int& exit_code) {
  CLI::App* cost = cloud.add_subcommand("cost", "What a job costs in each region: an estimate, not a quote");
  auto flags = std::make_shared<CostFlags>();
  CostOptions& options = flags->options;
  cost->add_option("--images", options.images, "Images of the job")->type_name("N")->capture_default_str();
  cost->add_option("--image-size", options.kilobytes, "Kilobytes of an image, for the storage")
      ->type_name("KB")
      ->capture_default_str();
  cost->add_option("--instance", options.instance, "Type of all nodes")
      ->type_name("T")
      ->capture_default_str();
  cost->add_option("--nodes", options.nodes, "The primary node and those that compute")
      ->type_name("N")
      ->capture_default_str();
  cost->add_option("--precision", options.precision, "Whose measured speed is used: f32, bf16, int8")
      ->type_name("NAME")
      ->capture_default_str();
  cost->add_option("--hours", options.hours, "For which the cluster is there, instead of the time computed")
      ->type_name("H");
  cost->add_option("--prices", options.prices, "Other prices, in the form of deploy/aws/prices.csv")
      ->type_name("FILE");
  cost->add_flag("--json", flags->json, "Print as JSON");
  cost->footer("Example:\n  coulis cloud cost --images 1000000 --nodes 5");
  cost->callback([flags, &exit_code] { exit_code = CostCommand(*flags); });
}

}  // namespace coulis::cli
