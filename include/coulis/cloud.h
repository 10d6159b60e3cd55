// Coulis on AWS: what it costs, and the commands that make it there, use it and delete it. Photographs stay
// in the EU and EEA: a region outside is refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/export.h"
#include "coulis/result.h"

namespace coulis {

/// What a job is, for `EstimateCost`.
struct CostOptions {
  std::int64_t images = 22'688;        ///< Range ≥ 1.
  double kilobytes = 10;               ///< Size of an image in the bucket. Range > 0.
  std::string instance = "m5.xlarge";  ///< Of all nodes.
  int nodes = 3;                  ///< The primary node, which computes nothing, and the others. Range ≥ 2.
  std::string precision = "f32";  ///< Whose measured speed is used: "f32", "bf16" or "int8".
  std::optional<double> hours;    ///< For which the cluster is there; nothing: from the measured speed.
  std::filesystem::path prices;   ///< A file in the form of deploy/aws/prices.csv; empty: the built-in one.
};

/// The estimate for one region, in US dollars without tax.
struct RegionCost {
  std::string region;     ///< "eu-west-3"
  std::string place;      ///< "Paris"
  bool in_eea = false;    ///< Whether it lies in the EU or EEA.
  double ec2_hour = 0;    ///< One instance on demand.
  double emr_hour = 0;    ///< EMR's fee for it.
  double other_hour = 0;  ///< Disks of all nodes and the NAT gateway.
  double job = 0;         ///< The whole job: all nodes and the rest for its hours, and requests to S3.
  double million = 0;     ///< The same for a million images at full speed, without the start of a cluster.
  std::optional<double>
      spot_million;  ///< As `million`, with the computing nodes at an example of a Spot price.
  std::optional<double> serverless_million;  ///< As `million` on EMR Serverless.
  double upload = 0;                         ///< Requests that bring the images to S3, one each, once.
  double storage_month = 0;                  ///< Images and results in S3 for a month.
};

/// See `EstimateCost`.
struct CostEstimate {
  std::string prices_date;       ///< "2026-11-23"
  std::string measurement;       ///< What the speed was measured on, and where it is written down.
  double images_per_second = 0;  ///< Of the computing nodes together.
  double start_hours = 0;  ///< Assumed for the start of a cluster; part of `hours` unless these were given.
  double hours = 0;        ///< For which the cluster is there.
  std::vector<RegionCost> regions;  ///< Cheapest first.
  /// Kinds of prices without a public source: "emr" (in all regions), "gp3 (eu-south-1)".
  std::vector<std::string> unverified;
};

/// What a job costs in each region that the prices know; arithmetic on a dated table, no quote. Errors:
/// kInvalidArgument (options; an instance without prices), kNotFound, kIo (the file of prices).
[[nodiscard]] COULIS_EXPORT Result<CostEstimate> EstimateCost(const CostOptions& options);

/// How the commands reach AWS, and those who use them. Nothing is kept on this machine: what is there, AWS is
/// asked.
struct CloudOptions {
  std::string region = "eu-west-3";
  std::string project = "coulis";  ///< First part of all names; 2 to 21 of [a-z0-9-], a letter first.
  std::string profile;             ///< Of the aws command; empty: its own choice.
  bool dry_run = false;            ///< Print the commands instead of running them; nothing is asked of AWS.
  int poll_seconds = 10;  ///< Pause between questions to AWS while something is under way. Range ≥ 0.

  /// A line of what was asked for.
  std::function<void(const std::string& line)> print = [](const std::string&) {};
  /// What is being done; replaces what was said before, unless `done`. From any thread, one at a time.
  std::function<void(const std::string& line, bool done)> progress = [](const std::string&, bool) {};
  /// The answer to a question to the user; empty: no.
  std::function<std::string(const std::string& question)> ask = [](const std::string&) {
    return std::string();
  };
  std::stop_token stop;
};

/// What `CloudPrices` reads and writes.
struct PriceRefreshOptions {
  std::filesystem::path prices;      ///< The table to begin with; empty: the built-in one.
  std::filesystem::path out;         ///< The table to write, for CostOptions::prices.
  std::vector<std::string> regions;  ///< Of that table; empty: all.
};

/// Writes the table of prices with what AWS's public price lists say today, which needs no account; prices
/// that the lists do not have (Spot) stay as they are. The lists are read as they arrive and are not kept:
/// those of EC2 hold some 250 MB a region. Prints what changed. COULIS_PRICE_LIST: another server than AWS's.
/// Errors: kInvalidArgument (a region, the table), kNotFound (the table), kIo (offline, a list of another
/// form, the file), kCancelled; then nothing was written.
[[nodiscard]] COULIS_EXPORT Result<void> CloudPrices(const CloudOptions& options,
                                                     const PriceRefreshOptions& refresh);

/// Writes the stacks, the scripts and the settings of deploy/aws into a folder, which is made when missing.
/// Errors: kIo.
[[nodiscard]] COULIS_EXPORT Result<void> WriteCloudTemplates(const std::filesystem::path& folder);

/// What `CloudUp` makes; empty texts and paths: none. What is not given stays as it is, or is the stacks'
/// default.
struct CloudUpOptions {
  std::string bucket;                         ///< A name for the new bucket; empty: AWS makes one up.
  std::filesystem::path jar;                  ///< coulis-spark.jar, to upload.
  std::vector<std::filesystem::path> models;  ///< Folders of models to upload, each under its name.
  std::filesystem::path wheel;                ///< Coulis's Python wheel, to upload.
  std::filesystem::path public_key;           ///< A .pub file of OpenSSH.
  std::optional<std::string> instance;        ///< Of the nodes that compute; default m5.xlarge.
  std::optional<int> nodes;                   ///< As CostOptions::nodes; default 3.
  std::optional<int> spot_nodes;              ///< Range ≥ 0; default 0.
  std::optional<bool> notebooks;              ///< JupyterHub; default true.
  std::string vpc;                            ///< A network of yours; empty: one is made.
  std::vector<std::string> subnets;           ///< One or two private ones of `vpc`.
  std::string route_table;  ///< Of these, which gets an endpoint to S3; empty: they have one.
  bool cluster = true;      ///< False: no cluster, but EMR Serverless.
};

/// Makes what is missing, stack by stack, changes what differs and leaves the rest: may be repeated at any
/// time, also after an interruption. Prints the bucket, and what jobs still lack there. Errors:
/// kInvalidArgument (region, names, another bucket than the project has), kNotFound (no aws command, files),
/// kCancelled (what AWS has begun goes on there), kIo (all that AWS refuses: one line with the
/// resource, the reason and the next step).
[[nodiscard]] COULIS_EXPORT Result<void> CloudUp(const CloudOptions& options, const CloudUpOptions& up);

/// A job for the cluster, or without one.
struct CloudSubmitOptions {
  std::vector<std::string>
      arguments;  ///< Of the job, such as s3://BUCKET/images --out s3://BUCKET/results/run-1.
  std::string main_class = "coulis.spark.Main";
  std::string name = "coulis";
  bool follow = true;       ///< Wait for its end.
  bool serverless = false;  ///< On EMR Serverless rather than the cluster.
  bool take_up = false;     ///< Rather follow one of this name that is under way than start another.
};

/// Adds a Spark step, or starts a job of EMR Serverless, and follows it; gives what it says of its end: 0
/// done, 1 failed, 3 when the job said that too many images were bad. Errors as CloudUp; kNotFound when there
/// is neither, or the bucket lacks the jar or the model.
[[nodiscard]] COULIS_EXPORT Result<int> CloudSubmit(const CloudOptions& options,
                                                    const CloudSubmitOptions& submit);

/// Prints the stacks, the cluster, its nodes and steps, the application of EMR Serverless and its latest
/// jobs, and what all has cost so far by the built-in prices.
[[nodiscard]] COULIS_EXPORT Result<void> CloudStatus(const CloudOptions& options);

/// All of it: see `CloudRun`.
struct CloudRunOptions {
  std::filesystem::path input;  ///< A folder of images on this machine, or a file that holds some.
  std::filesystem::path out;    ///< RESULTS on this machine: a folder without run.json, made when missing.
  std::string name = "run";     ///< Of the job and of its folders images/NAME and results/NAME in the bucket.
  std::vector<std::string> arguments;  ///< More of the job, such as --components 100.
  CloudUpOptions up;
  bool keep = false;       ///< Leave what costs nothing or ends by itself: no `CloudDown`.
  bool confirmed = false;  ///< Do not ask whether the price is right.
};

/// From a folder here to results here: says what it will cost, asks (CloudOptions::ask), and then does what
/// CloudUp, `aws s3 sync`, CloudSubmit, another `aws s3 sync` and CloudDown do. May be repeated after an
/// interruption: what is there is not brought again, a job under way is followed, one that was cut off goes
/// on. Gives the job's code; where this is an error, nothing is deleted. Errors: as those; kAlreadyExists
/// (results in `out`); kCancelled (the answer was no).
[[nodiscard]] COULIS_EXPORT Result<int> CloudRun(const CloudOptions& options, const CloudRunOptions& run);

/// Which logs, and where to.
struct CloudLogsOptions {
  std::string step;  ///< Id of a step, or of a job of EMR Serverless; empty: all.
  std::filesystem::path folder = "coulis-logs";
  bool serverless = false;  ///< Of EMR Serverless rather than the cluster.
};

/// Copies logs from the bucket to this machine. Errors as CloudUp; kNotFound: no cluster, no logs yet.
[[nodiscard]] COULIS_EXPORT Result<void> CloudLogs(const CloudOptions& options, const CloudLogsOptions& logs);

/// A way to the cluster's web pages, which no open port leads to.
struct CloudTunnelOptions {
  std::filesystem::path key;  ///< Private key for SSH; empty: ssh's own choice.
  int port = 5555;            ///< On this machine, of the SOCKS proxy or of the forwarded page.
  std::string host;           ///< Reach this host directly; empty: the primary node by Session Manager.
  int ssh_port = 22;
  std::filesystem::path known_hosts;  ///< Of SSH, for `host`; empty: ssh's own.
  std::string user = "hadoop";
  std::filesystem::path pac = "coulis.pac";  ///< The proxy-auto-config file that is written for FoxyProxy.
  std::string forward;  ///< "jupyterhub", "history" or "yarn": forward this page alone, without SSH.
};

/// Writes the PAC file, prints the pages and holds the tunnel open until it is stopped or breaks. Errors as
/// CloudUp.
[[nodiscard]] COULIS_EXPORT Result<void> CloudTunnel(const CloudOptions& options,
                                                     const CloudTunnelOptions& tunnel);

/// The text of the PAC file: hosts inside the VPC go through 127.0.0.1:`port`, all others directly.
[[nodiscard]] COULIS_EXPORT std::string ProxyAutoConfig(const std::string& region, int port);

/// Deletes all stacks but the bucket's, last first, and says what is left and what it costs. With
/// `delete_data` the bucket and all in it too, for good, after two questions (CloudOptions::ask) were
/// answered. Errors as CloudUp.
[[nodiscard]] COULIS_EXPORT Result<void> CloudDown(const CloudOptions& options, bool delete_data);

}  // namespace coulis
