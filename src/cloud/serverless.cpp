#include "cloud/serverless.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/path_text.h"
#include "cloud/aws_json.h"
#include "cloud/cluster.h"
#include "cloud/code.h"
#include "cloud/next_step.h"
#include "cloud/stacks.h"
#include "cloud/step_end.h"
#include "cloud/step_log.h"

namespace coulis::cloud {
namespace {

using nlohmann::json;

constexpr const char* kEmr = "emr-serverless";
// Jobs that status shows and adds up: each is a question to AWS.
constexpr const char* kJobsShown = "20";
constexpr std::array kUnderWay = {"SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "QUEUED", "CANCELLING"};

Words Of(const char* operation, const std::string& application, Words more = {}) {
  Words words = {kEmr, operation, "--application-id", application};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool IsUnderWay(const std::string& state) {
  return std::find(kUnderWay.begin(), kUnderWay.end(), state) != kUnderWay.end();
}

std::string DriverJson(const CloudSubmitOptions& submit, const std::string& bucket) {
  const json driver = {{"sparkSubmit",
                        {{"entryPoint", "s3://" + bucket + "/" + kJarKey},
                         {"entryPointArguments", submit.arguments},
                         {"sparkSubmitParameters", "--class " + submit.main_class}}}};
  return driver.dump();
}

Result<json> Job(Aws& aws, const std::string& application, const std::string& job) {
  Result<json> found = aws.Describe(Of("get-job-run", application, {"--job-run-id", job}));
  if (!found) return found;
  return Member(*found, "jobRun");
}

Result<int> EndOf(Aws& aws, const json& run, const std::string& job, const std::string& bucket) {
  const CloudOptions& options = aws.options();
  const std::string state = Text(run, "state");
  if (state == "SUCCESS") {
    options.progress("job " + job + ": done", true);
    return 0;
  }
  const std::string details = Text(run, "stateDetails");
  if (SaysExitCode(details, kTooManyBad)) {
    options.progress("job " + job + ": done, but too many images could not be used", true);
    return kTooManyBad;
  }
  const std::string said =
      UnzippedObject(aws, "s3://" + bucket + "/logs/serverless/applications/" + Text(run, "applicationId") +
                              "/jobs/" + job + "/SPARK_DRIVER/stderr.gz");
  std::string reason = ErrorIn(said);
  if (reason.empty()) reason = details.empty() ? "no reason given" : details;
  return Error{ErrorCode::kIo, "job " + job + " ended as " + state + ": " + reason + ": read its logs with " +
                                   NextStep(options, "logs --serverless --step " + job)};
}

Result<int> Follow(Aws& aws, const std::string& application, const std::string& job,
                   const std::string& bucket) {
  while (true) {
    Result<json> run = Job(aws, application, job);
    if (!run) return run.error();
    if (aws.dry()) return 0;
    const std::string state = Text(*run, "state");
    if (!IsUnderWay(state)) return EndOf(aws, *run, job, bucket);
    std::string line = "job ";
    aws.options().progress(line.append(job).append(": ").append(state), false);
    if (Result<void> waited = aws.Pause(); !waited) {
      const std::string cancel = ShellLine({"aws", kEmr, "cancel-job-run", "--region", aws.options().region,
                                            "--application-id", application, "--job-run-id", job});
      return Error{ErrorCode::kCancelled,
                   "stopped following; the job goes on: cancel it with `" + cancel + "`"};
    }
  }
}

Result<std::vector<json>> JobsUnderWay(Aws& aws, const std::string& application) {
  Result<json> listed = aws.Describe(Of("list-job-runs", application));
  if (!listed) return listed.error();
  std::vector<json> jobs;
  for (const json& job : Member(*listed, "jobRuns")) {
    if (IsUnderWay(Text(job, "state"))) jobs.push_back(job);
  }
  return jobs;
}

Result<std::string> Start(Aws& aws, const CloudSubmitOptions& submit, const std::string& bucket,
                          const std::string& application) {
  Result<std::string> role = StackOutput(aws, "serverless", "JobRoleArn", "role");
  if (!role) return role;
  Result<std::string> job = aws.Ask(
      "job",
      Of("start-job-run", application,
         {"--execution-role-arn", *role, "--name", submit.name, "--job-driver", DriverJson(submit, bucket)}),
      "jobRunId");
  if (job && !aws.dry()) aws.options().progress("job " + *job + ": started", true);
  return job;
}

Result<std::string> TakeUpOrStart(Aws& aws, const CloudSubmitOptions& submit, const std::string& bucket,
                                  const std::string& application) {
  if (submit.take_up && !aws.dry()) {
    Result<std::vector<json>> jobs = JobsUnderWay(aws, application);
    if (!jobs) return jobs.error();
    for (const json& job : *jobs) {
      if (Text(job, "name") == submit.name) return Text(job, "id");
    }
  }
  return Start(aws, submit, bucket, application);
}

Result<std::string> ApplicationState(Aws& aws, const std::string& application) {
  Result<json> found = aws.Describe(Of("get-application", application));
  if (!found) return found.error();
  return Text(Member(*found, "application"), "state");
}

// In any state on its way to another AWS takes no request.
Result<void> Stop(Aws& aws, const std::string& application) {
  while (true) {
    Result<std::string> state = ApplicationState(aws, application);
    if (!state) return state.error();
    if (*state == "CREATED" || *state == "STOPPED" || *state == "TERMINATED") return {};
    if (*state == "STARTED" || aws.dry()) {
      Result<std::string> stopped = aws.Run(Of("stop-application", application));
      if (!stopped) return stopped.error();
      if (aws.dry()) return {};
    }
    aws.options().progress("serverless: stopping the application (" + *state + ")", false);
    if (Result<void> waited = aws.Pause(); !waited) return waited;
  }
}

Result<void> CancelJobs(Aws& aws, const std::string& application) {
  Result<std::vector<json>> jobs = JobsUnderWay(aws, application);
  if (!jobs) return jobs.error();
  for (const json& job : *jobs) {
    Result<std::string> cancelled =
        aws.Run(Of("cancel-job-run", application, {"--job-run-id", Text(job, "id")}));
    if (!cancelled) return cancelled.error();
    while (true) {
      Result<json> run = Job(aws, application, Text(job, "id"));
      if (!run) return run.error();
      if (!IsUnderWay(Text(*run, "state"))) break;
      aws.options().progress("serverless: cancelling job " + Text(job, "id"), false);
      if (Result<void> waited = aws.Pause(); !waited) return waited;
    }
  }
  return {};
}

}  // namespace

Result<std::string> ApplicationId(Aws& aws) {
  return OutputOf(aws, {"serverless", "ApplicationId", "application", "application of EMR Serverless",
                        "up --serverless"});
}

Result<int> RunServerless(Aws& aws, const CloudSubmitOptions& submit, const std::string& bucket) {
  Result<std::string> application = ApplicationId(aws);
  if (!application) return application.error();
  Result<std::string> job = TakeUpOrStart(aws, submit, bucket, *application);
  if (!job) return job.error();
  if (!submit.follow) return 0;
  return Follow(aws, *application, *job, bucket);
}

Result<double> PrintServerless(Aws& aws, const Prices& prices) {
  Result<std::string> application = ApplicationId(aws);
  if (!application) return application.error();
  Result<std::string> state = ApplicationState(aws, *application);
  if (!state) return state.error();
  if (!aws.dry()) aws.options().print("app      " + Padded(*application, 19) + *state);
  Result<json> listed = aws.Describe(Of("list-job-runs", *application, {"--max-items", kJobsShown}));
  if (!listed) return listed.error();
  const std::string& region = aws.options().region;
  const std::optional<double> vcpu = prices.Find(region, "serverless-vcpu");
  const std::optional<double> gigabyte = prices.Find(region, "serverless-gb");
  double dollars = 0;
  for (const json& job : Member(*listed, "jobRuns")) {
    aws.options().print("job      " + Padded(Text(job, "id"), 19) + Padded(Text(job, "state"), 10) +
                        Text(job, "name"));
    Result<json> run = Job(aws, *application, Text(job, "id"));
    if (!run) return run.error();
    const json billed = Member(*run, "billedResourceUtilization");
    dollars +=
        Number(billed, "vCPUHour") * vcpu.value_or(0) + Number(billed, "memoryGBHour") * gigabyte.value_or(0);
  }
  if (!aws.dry() && (!vcpu || !gigabyte)) {
    aws.options().print("         the prices know no EMR Serverless in " + region +
                        ": jobs are not in the cost");
  }
  return dollars;
}

Result<void> StopServerless(Aws& aws) {
  Result<std::string> application = ApplicationId(aws);
  if (!application)
    return application.error().code == ErrorCode::kNotFound ? Result<void>() : application.error();
  // One that somebody has deleted already leaves its stack to be deleted.
  const auto gone = [](const Error& error) { return error.code == ErrorCode::kNotFound; };
  if (Result<void> cancelled = CancelJobs(aws, *application); !cancelled) {
    return gone(cancelled.error()) ? Result<void>() : cancelled;
  }
  return Stop(aws, *application);
}

Result<bool> ServerlessMayChange(Aws& aws) {
  if (aws.dry()) return true;
  Result<std::string> application = ApplicationId(aws);
  if (!application) {
    if (application.error().code == ErrorCode::kNotFound) return true;
    return application.error();
  }
  Result<std::vector<json>> jobs = JobsUnderWay(aws, *application);
  if (!jobs) return jobs.error();
  if (!jobs->empty()) return false;
  if (Result<void> stopped = Stop(aws, *application); !stopped) return stopped.error();
  return true;
}

}  // namespace coulis::cloud
