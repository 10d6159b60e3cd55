// `coulis cloud submit`: a Spark step or a job without a cluster, followed to its end.
#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/path_text.h"
#include "cloud/cluster.h"
#include "cloud/serverless.h"
#include "cloud/step_end.h"
#include "cloud/up_files.h"
#include "coulis/cloud.h"

namespace coulis {
namespace {

using cloud::Aws;
using cloud::kTooManyBad;

std::string StepsJson(const CloudSubmitOptions& submit, const std::string& bucket) {
  nlohmann::json arguments = {"--deploy-mode", "cluster", "--class", submit.main_class,
                              "s3://" + bucket + "/" + cloud::kJarKey};
  for (const std::string& argument : submit.arguments) arguments.push_back(argument);
  const nlohmann::json steps = {
      {{"Type", "Spark"}, {"Name", submit.name}, {"ActionOnFailure", "CONTINUE"}, {"Args", arguments}}};
  return steps.dump();
}

Result<int> EndOf(const nlohmann::json& status, const std::string& step, const CloudOptions& options) {
  const std::string state = status.value("State", "");
  if (state == "COMPLETED") {
    options.progress("step " + step + ": done", true);
    return 0;
  }
  const nlohmann::json details = status.value("FailureDetails", nlohmann::json::object());
  const std::string message = details.value("Message", details.value("Reason", "no reason given"));
  if (cloud::SaysExitCode(message, kTooManyBad)) {
    options.progress("step " + step + ": done, but too many images could not be used", true);
    return kTooManyBad;
  }
  const std::string log = details.value("LogFile", "");
  return Error{ErrorCode::kIo, "step " + step + " ended as " + state + ": " + PathText(message) +
                                   (log.empty() ? "" : " (" + PathText(log) + ")") +
                                   ": read its logs with `coulis cloud logs --step " + step + "`"};
}

Result<int> Follow(Aws& aws, const std::string& cluster, const std::string& step) {
  if (aws.dry()) {
    Result<std::string> waited =
        aws.Run({"emr", "wait", "step-complete", "--cluster-id", cluster, "--step-id", step});
    if (!waited) return waited.error();
    return 0;
  }
  while (true) {
    Result<nlohmann::json> found =
        aws.Describe({"emr", "describe-step", "--cluster-id", cluster, "--step-id", step});
    if (!found) return found.error();
    const nlohmann::json status =
        found->value("Step", nlohmann::json::object()).value("Status", nlohmann::json::object());
    const std::string state = status.value("State", "");
    constexpr std::array kUnderWay = {"PENDING", "RUNNING", "CANCEL_PENDING"};
    if (std::find(kUnderWay.begin(), kUnderWay.end(), state) == kUnderWay.end()) {
      return EndOf(status, step, aws.options());
    }
    std::string line = "step " + step;
    aws.options().progress(line.append(": ").append(state), false);
    if (Result<void> waited = aws.Pause(); !waited) {
      const std::string cancel =
          cloud::ShellLine({"aws", "emr", "cancel-steps", "--region", aws.options().region, "--cluster-id",
                            cluster, "--step-ids", step});
      std::string stopped = "stopped following; the step goes on: cancel it with `";
      return Error{ErrorCode::kCancelled, stopped.append(cancel).append("`")};
    }
  }
}

}  // namespace

Result<int> CloudSubmit(const CloudOptions& options, const CloudSubmitOptions& submit) {
  if (Result<void> checked = cloud::CheckCloudOptions(options); !checked) return checked.error();
  if (submit.arguments.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "no arguments for the job: give them after --, such as -- s3a://BUCKET/images --out "
                 "s3a://BUCKET/results"};
  }
  Aws aws(options);
  Result<std::string> bucket = cloud::BucketOf(aws);
  if (!bucket) return bucket.error();
  if (submit.serverless) return cloud::RunServerless(aws, submit, *bucket);
  Result<std::string> cluster = cloud::ClusterId(aws);
  if (!cluster) return cluster.error();
  Result<bool> ended = cloud::ClusterHasEnded(aws, *cluster);
  if (!ended) return ended.error();
  if (*ended) {
    return Error{ErrorCode::kNotFound,
                 "cluster " + *cluster +
                     " has ended, as it does after an hour without use: make another with `coulis cloud up`"};
  }
  Result<std::string> step =
      aws.Ask("step", {"emr", "add-steps", "--cluster-id", *cluster, "--steps", StepsJson(submit, *bucket)},
              "StepIds[0]");
  if (!step) return step.error();
  if (!aws.dry()) options.progress("step " + *step + ": added", true);
  if (!submit.follow) return 0;
  return Follow(aws, *cluster, *step);
}

}  // namespace coulis
