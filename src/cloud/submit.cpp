// `coulis cloud submit`: a Spark step or a job without a cluster, followed to its end.
#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/path_text.h"
#include "cloud/aws_json.h"
#include "cloud/cluster.h"
#include "cloud/code.h"
#include "cloud/next_step.h"
#include "cloud/serverless.h"
#include "cloud/step_end.h"
#include "cloud/step_log.h"
#include "coulis/cloud.h"

namespace coulis {
namespace {

using cloud::Aws;
using cloud::kTooManyBad;

constexpr const char* kMainClass = "coulis.spark.Main";

std::string StepsJson(const CloudSubmitOptions& submit, const std::string& bucket) {
  // YARN would try again what was refused, and the second refusal would hide the first.
  nlohmann::json arguments = {"--deploy-mode",
                              "cluster",
                              "--conf",
                              "spark.yarn.maxAppAttempts=1",
                              "--class",
                              submit.main_class,
                              "s3://" + bucket + "/" + cloud::kJarKey};
  for (const std::string& argument : submit.arguments) arguments.push_back(argument);
  const nlohmann::json steps = {
      {{"Type", "Spark"}, {"Name", submit.name}, {"ActionOnFailure", "CONTINUE"}, {"Args", arguments}}};
  return steps.dump();
}

// EMR's own words seldom hold the exit code; the step's log does, some minutes later.
Result<int> EndOfFailed(Aws& aws, const nlohmann::json& status, const std::string& cluster,
                        const std::string& step, const std::string& bucket) {
  const CloudOptions& options = aws.options();
  const nlohmann::json details = cloud::Member(status, "FailureDetails");
  std::string message = cloud::Text(details, "Message");
  if (message.empty()) message = cloud::Text(details, "Reason");
  bool too_many_bad = cloud::SaysExitCode(message, kTooManyBad);
  if (cloud::Text(status, "State") == "FAILED" && !too_many_bad && !cloud::SaysAnExitCode(message)) {
    Result<cloud::StepLog> log = cloud::WaitForStepLog(aws, bucket, cluster, step);
    if (!log) return log.error();
    too_many_bad = cloud::SaysExitCode(log->spark, kTooManyBad);
    if (!log->error.empty()) message = log->error;
  }
  if (too_many_bad) {
    options.progress("step " + step + ": done, but too many images could not be used", true);
    return kTooManyBad;
  }
  const std::string file = cloud::Text(details, "LogFile");
  return Error{ErrorCode::kIo, "step " + step + " ended as " + cloud::Text(status, "State") + ": " +
                                   (message.empty() ? "no reason given" : message) +
                                   (file.empty() ? "" : " (" + file + ")") + ": read its logs with " +
                                   cloud::NextStep(options, "logs --step " + step)};
}

Result<int> Follow(Aws& aws, const std::string& cluster, const std::string& step, const std::string& bucket) {
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
      if (state != "COMPLETED") return EndOfFailed(aws, status, cluster, step, bucket);
      aws.options().progress("step " + step + ": done", true);
      return 0;
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

Result<std::string> TakeUpOrAdd(Aws& aws, const CloudSubmitOptions& submit, const std::string& cluster,
                                const std::string& bucket) {
  if (submit.take_up && !aws.dry()) {
    Result<nlohmann::json> steps = cloud::StepsUnderWay(aws, cluster);
    if (!steps) return steps.error();
    for (const nlohmann::json& step : *steps) {
      if (cloud::Text(step, "Name") == submit.name) return cloud::Text(step, "Id");
    }
  }
  Result<std::string> step =
      aws.Ask("step", {"emr", "add-steps", "--cluster-id", cluster, "--steps", StepsJson(submit, bucket)},
              "StepIds[0]");
  if (step && !aws.dry()) aws.options().progress("step " + *step + ": added", true);
  return step;
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
  if (submit.main_class == kMainClass) {
    Result<cloud::Code> code = cloud::Code::In(aws, *bucket);
    if (!code) return code.error();
    if (Result<void> checked = code->Check(submit.arguments); !checked) return checked.error();
  }
  if (submit.serverless) return cloud::RunServerless(aws, submit, *bucket);
  Result<std::string> cluster = cloud::ClusterId(aws);
  if (!cluster) return cluster.error();
  Result<bool> ended = cloud::ClusterHasEnded(aws, *cluster);
  if (!ended) return ended.error();
  if (*ended) {
    return Error{ErrorCode::kNotFound,
                 "cluster " + *cluster +
                     " has ended, as it does after an hour without use: make another with " +
                     cloud::NextStep(options, "up")};
  }
  Result<std::string> step = TakeUpOrAdd(aws, submit, *cluster, *bucket);
  if (!step) return step.error();
  if (!submit.follow) return 0;
  return Follow(aws, *cluster, *step, *bucket);
}

}  // namespace coulis
