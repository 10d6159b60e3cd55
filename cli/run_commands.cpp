#include <cstdio>
#include <memory>

#include "bad_images.h"
#include "commands.h"
#include "exit_code.h"
#include "job_options.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct RunFlags {
  EmbedFlags embed;
  ReduceFlags reduce;
  DisplayOptions display;
};

void PrintSummary(const RunRecord& record, const std::string& results, const std::string& validated) {
  std::printf("images      %s embedded, %s bad\n", Grouped(record.images - record.bad).c_str(),
              Grouped(record.bad).c_str());
  PrintBadImages(record.bad_examples, record.bad, "all of them: rows of features/ whose error is not null");
  std::printf("features    %s floats from %s\n", Grouped(record.feature_length).c_str(),
              record.model_name.c_str());
  if (record.pca) {
    std::printf("pca         k = %d keeps %.1f %% of the variance\n", record.pca->k,
                100 * record.pca->explained_variance_ratio);
  }
  if (!validated.empty()) std::printf("validated   %s\n", validated.c_str());
  if (record.storage) {
    const StorageCounts& counts = record.storage->counts;
    std::printf("storage     %s objects read, %s requests made again", Grouped(counts.objects).c_str(),
                Grouped(counts.retries).c_str());
    for (const auto& [bucket, region] : record.storage->regions) {
      std::printf("; %s in %s", OneLine(bucket).c_str(), OneLine(region).c_str());
    }
    std::printf("\n");
  }
  std::printf("time        %s, %s images/s\n", Duration(record.timing.embed + record.timing.reduce).c_str(),
              Grouped(static_cast<std::int64_t>(record.timing.images_per_second)).c_str());
  std::printf("results     %s\n", OneLine(results).c_str());
}

// "11 checks passed", or the first that failed as an error.
Result<std::string> ValidateResults(const std::string& results, Progress& progress, std::stop_token stop,
                                    const StorageOptions& storage) {
  Result<std::vector<Check>> checks = Validate(results, &progress, std::move(stop), storage);
  if (!checks) return checks.error();
  for (const Check& check : *checks) {
    if (!check.ok)
      return Error{ErrorCode::kBadResults, "validation failed: " + check.name + ": " + check.detail};
  }
  return std::to_string(checks->size()) + " checks passed";
}

Result<RunRecord> RunBoth(RunFlags& flags, Progress& progress, std::stop_token stop) {
  EmbedFlags& embed = flags.embed;
  ReduceOptions& reduce = flags.reduce.options;
  reduce.results = embed.options.results;
  reduce.threads = embed.options.threads;
  reduce.storage = embed.options.storage;
  reduce.steal_lock = embed.options.steal_lock;
  if (flags.reduce.components == "none") {
    if (!reduce.pca_from.empty()) {
      return Error{ErrorCode::kInvalidArgument, "--components none and --pca-from contradict each other"};
    }
    return Embed(embed.options, &progress, std::move(stop));
  }
  Result<ComponentChoice> components = ParseComponents(flags.reduce.components);
  if (!components) return components.error();
  reduce.components = *components;
  return EmbedAndReduce(embed.options, reduce, &progress, std::move(stop));
}

int Run(RunFlags& flags) {
  flags.embed.options.existing = ExistingOf(flags.embed.resume, flags.embed.overwrite);
  const std::string& results = flags.embed.options.results;
  std::optional<RunRecord> record;
  std::string validated;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<RunRecord> done = RunBoth(flags, progress, stop);
    if (!done) return done.error();
    record = *std::move(done);
    Result<std::string> checked = ValidateResults(results, progress, stop, flags.embed.options.storage);
    if (!checked && checked.error().code == ErrorCode::kCancelled) {
      return Error{ErrorCode::kCancelled,
                   "stopped while checking; the results are complete: `coulis validate` checks them"};
    }
    if (!checked) return checked.error();
    validated = *std::move(checked);
    return kDone;
  });
  if (code != kDone) return code;
  if (!flags.display.quiet) PrintSummary(*record, results, validated);
  if (!record->pca && flags.reduce.components != "none") {
    PrintWarning("no PCA: it needs at least 2 usable images, there are " +
                 std::to_string(record->images - record->bad));
  }
  return CodeForBad(record->bad, record->images, "used", flags.embed.max_bad);
}

int EmbedOnly(RunFlags& flags) {
  flags.embed.options.existing = ExistingOf(flags.embed.resume, flags.embed.overwrite);
  std::optional<RunRecord> record;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<RunRecord> done = Embed(flags.embed.options, &progress, stop);
    if (!done) return done.error();
    record = *std::move(done);
    return kDone;
  });
  if (code != kDone) return code;
  if (!flags.display.quiet) PrintSummary(*record, flags.embed.options.results, "");
  return CodeForBad(record->bad, record->images, "used", flags.embed.max_bad);
}

// For the help, and so that what only Spark takes is told from what nothing takes: main gives a run on Spark
// to spark_engine.h.
void AddEngineFlags(CLI::App& run) {
  const std::string group = "Spark (docs/spark.md)";
  const auto add = [&](const char* name, const char* help, const char* type) {
    return run.add_option_function<std::string>(
                  name, [](const std::string&) {}, help)
        ->type_name(type)
        ->group(group);
  };
  CLI::Option* engine = add("--engine", "Who does the work: this process, or Apache Spark", "local|spark");
  engine->check([](const std::string& text) {
    return text == "local" ? std::string() : "takes local or spark, not \"" + text + "\"";
  });
  const auto of_spark = [](const std::string&) { return std::string("is for --engine spark"); };
  add("--master", "Where Spark runs: local[2], spark://HOST:PORT, yarn", "URL")->check(of_spark);
  add("--executors", "Executors to ask for", "N")->check(of_spark);
  add("--executor-cores", "Cores of each", "N")->check(of_spark);
  add("--executor-memory", "Memory of each", "SIZE")->check(of_spark);
  add("--driver-memory", "Memory of the driver", "SIZE")->check(of_spark);
  add("--spark-conf", "A setting of Spark's; may be given several times", "KEY=VALUE")->check(of_spark);
  add("--spark-arg", "An argument of spark-submit; may be given several times", "ARG")->check(of_spark);
  add("--task-bytes", "Bytes of the images of one task; 256MB unless given", "SIZE")->check(of_spark);
}

}  // namespace

void AddRunCommands(CLI::App& app, int& exit_code) {
  CLI::App* run = app.add_subcommand("run", "Embed, reduce and validate in one go");
  auto run_flags = std::make_shared<RunFlags>();
  AddEmbedFlags(*run, run_flags->embed);
  AddReduceFlags(*run, run_flags->reduce, /*allow_none=*/true);
  AddDisplayFlags(*run, run_flags->display);
  AddEngineFlags(*run);
  run->footer(R"(Examples:
  coulis run photos/ --out results/
  coulis run photos/ --out results/ --components 100 --threads 4
  coulis run photos.tar --out tar-results/
  coulis run photos/ --files list.csv --out listed-results/
  coulis run new-photos/ --out new-results/ --pca-from results/)");
  run->callback([run_flags, &exit_code] { exit_code = Run(*run_flags); });

  CLI::App* embed = app.add_subcommand("embed", "Features only");
  auto embed_flags = std::make_shared<RunFlags>();
  AddEmbedFlags(*embed, embed_flags->embed);
  AddDisplayFlags(*embed, embed_flags->display);
  embed->footer(R"(Examples:
  coulis embed photos/ --out results/
  coulis embed photos/ --out results/ --glob '*.png' --label none --progress json)");
  embed->callback([embed_flags, &exit_code] { exit_code = EmbedOnly(*embed_flags); });
}

}  // namespace coulis::cli
