// `coulis cloud status`: what is there, and what it has cost so far.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "base/path_text.h"
#include "cloud/aws_json.h"
#include "cloud/aws_time.h"
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
using cloud::Member;
using cloud::Padded;
using cloud::Text;
using nlohmann::json;

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Hours for which a node, a cluster or a stack has been there.
double HoursOf(const json& timeline, const char* begin, const char* end) {
  const std::optional<double> from = cloud::SecondsOf(Member(timeline, begin));
  if (!from) return 0;
  return std::max(0.0, cloud::SecondsOf(Member(timeline, end)).value_or(Now()) - *from) / 3600;
}

// Dollars of a node so far. A node at the Spot price is counted at the price on demand, which it never
// exceeds.
double CostOf(const json& instance, const cloud::Prices& prices, const std::string& region) {
  const std::string type = Text(instance, "InstanceType");
  const double hour =
      prices.Find(region, "ec2:" + type).value_or(0) + prices.Find(region, "emr:" + type).value_or(0);
  return hour * HoursOf(Member(Member(instance, "Status"), "Timeline"), "CreationDateTime", "EndDateTime");
}

Result<double> PrintNodes(Aws& aws, const std::string& cluster, const cloud::Prices& prices) {
  Result<json> found = aws.Describe({"emr", "list-instances", "--cluster-id", cluster});
  if (!found) return found.error();
  double dollars = 0;
  std::map<std::string, int> unpriced;
  for (const json& instance : Member(*found, "Instances")) {
    const std::string type = Text(instance, "InstanceType");
    aws.options().print("node     " + Padded(Text(instance, "Ec2InstanceId"), 19) + Padded(type, 10) +
                        Padded(Text(instance, "Market"), 9) + Text(Member(instance, "Status"), "State"));
    if (!prices.Find(aws.options().region, "ec2:" + type)) ++unpriced[type];
    dollars += CostOf(instance, prices, aws.options().region);
  }
  for (const auto& [type, count] : unpriced) {
    aws.options().print("         the prices know no " + type + ": " + std::to_string(count) +
                        " nodes are not in the cost");
  }
  return dollars;
}

Result<void> PrintSteps(Aws& aws, const std::string& cluster) {
  Result<json> found = aws.Describe({"emr", "list-steps", "--cluster-id", cluster});
  if (!found) return found.error();
  for (const json& step : Member(*found, "Steps")) {
    aws.options().print("step     " + Padded(Text(step, "Id"), 19) +
                        Padded(Text(Member(step, "Status"), "State"), 10) + Text(step, "Name"));
  }
  return {};
}

Result<double> PrintCluster(Aws& aws, const cloud::Prices& prices) {
  Result<std::string> cluster = cloud::ClusterId(aws);
  if (!cluster) return cluster.error();
  Result<json> found = aws.Describe({"emr", "describe-cluster", "--cluster-id", *cluster});
  if (!found) return found.error();
  const json status = Member(Member(*found, "Cluster"), "Status");
  const std::string reason = Text(Member(status, "StateChangeReason"), "Message");
  if (!aws.dry()) {
    aws.options().print("cluster  " + Padded(*cluster, 19) + Text(status, "State") +
                        (reason.empty() ? "" : ": " + reason));
  }
  Result<double> dollars = PrintNodes(aws, *cluster, prices);
  if (!dollars) return dollars;
  if (Result<void> printed = PrintSteps(aws, *cluster); !printed) return printed.error();
  return dollars;
}

// The NAT gateway costs for as long as its stack is there.
Result<double> NetworkCost(Aws& aws, const cloud::Prices& prices) {
  Result<json> found =
      aws.Describe({"cloudformation", "describe-stacks", "--stack-name", aws.StackName("network")});
  if (!found) return found.error();
  const json stacks = Member(*found, "Stacks");
  if (!stacks.is_array() || stacks.empty()) return 0.0;
  for (const json& parameter : Member(stacks[0], "Parameters")) {
    const std::string key = Text(parameter, "ParameterKey");
    const std::string value = Text(parameter, "ParameterValue");
    if ((key == "Nat" && value == "false") || (key == "ExistingVpc" && !value.empty())) return 0.0;
  }
  return prices.Find(aws.options().region, "nat").value_or(0) *
         HoursOf(stacks[0], "CreationTime", "DeletionTime");
}

}  // namespace

Result<void> CloudStatus(const CloudOptions& options) {
  if (Result<void> checked = cloud::CheckCloudOptions(options); !checked) return checked;
  Result<cloud::Prices> prices = cloud::Prices::Read({});
  if (!prices) return prices.error();
  Aws aws(options);
  Result<std::map<std::string, std::string>> states = cloud::StackStates(aws);
  if (!states) return states.error();
  for (const std::string& stack : cloud::StackOrder()) {
    if (const auto found = states->find(stack); found != states->end()) {
      options.print("stack    " + Padded(aws.StackName(stack), 19) + found->second);
    }
  }
  if (states->empty() && !aws.dry()) {
    options.print("nothing of project " + options.project + " is in " + options.region + ": " +
                  cloud::NextStep(options, "up") + " makes it");
    return {};
  }
  double dollars = 0;
  if (aws.dry() || states->contains("cluster")) {
    Result<double> cluster = PrintCluster(aws, *prices);
    if (!cluster) return cluster.error();
    dollars += *cluster;
  }
  if (aws.dry() || states->contains("serverless")) {
    Result<double> serverless = cloud::PrintServerless(aws, *prices);
    if (!serverless) return serverless.error();
    dollars += *serverless;
  }
  if (aws.dry() || states->contains("network")) {
    Result<double> network = NetworkCost(aws, *prices);
    if (!network) return network.error();
    dollars += *network;
  }
  if (aws.dry()) return {};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "$%.2f", dollars);
  options.print("cost     about " + std::string(text.data()) +
                " so far for nodes, EMR, jobs without a cluster and the NAT gateway, at prices of " +
                prices->date() + ": an estimate, not a quote");
  return {};
}

}  // namespace coulis
