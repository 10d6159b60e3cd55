#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "coulis/synth.h"
#include "exit_code.h"
#include "job_options.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct SynthFlags {
  SynthOptions options;
  std::string size = "100x100";
  DisplayOptions display;
};

struct BenchFlags {
  BenchOptions options;
  bool json = false;
  DisplayOptions display;
};

struct DoctorFlags {
  std::vector<std::string> locations;
  bool json = false;
  StorageOptions storage;
};

Result<ImageSize> ParseSize(const std::string& text) {
  ImageSize size;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &size.width, &size.height, &rest) != 2) {
    return Error{ErrorCode::kInvalidArgument, "--size takes WIDTHxHEIGHT (640x480), not \"" + text + "\""};
  }
  return size;
}

int Synth(SynthFlags& flags) {
  Result<ImageSize> size = ParseSize(flags.size);
  if (!size) {
    PrintError(size.error().message);
    return kBadUsage;
  }
  flags.options.size = *size;
  if (flags.options.threads == 0)
    flags.options.threads = static_cast<int>(std::thread::hardware_concurrency());
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    progress.phase = Phase::kEmbedding;
    progress.found = flags.options.count;
    progress.listed = true;
    Result<void> done = Synthesize(flags.options, stop, [&](std::int64_t count) { progress.done = count; });
    if (!done) return done.error();
    progress.phase = Phase::kDone;
    return kDone;
  });
  if (code == kDone && !flags.display.quiet) {
    std::printf("%s images of %d x %d in %s\n", Grouped(flags.options.count).c_str(), size->width,
                size->height, OneLine(flags.options.out.native()).c_str());
  }
  return code;
}

void PrintBenchJson(const BenchReport& report) {
  using Json = nlohmann::ordered_json;
  Json stages = Json::array();
  for (const StageRate& rate : report.stages) {
    stages.push_back({{"stage", rate.stage},
                      {"images_per_second", rate.images_per_second},
                      {"threads", rate.threads},
                      {"utilisation", rate.utilisation}});
  }
  Json json = {{"stages", stages}};
  if (const auto& cosine = report.against_exact) {
    json["cosine_against_exact"] = {{"images", cosine->images},
                                    {"mean", cosine->mean},
                                    {"first_percentile", cosine->first_percentile},
                                    {"minimum", cosine->minimum}};
  }
  std::printf("%s\n", json.dump(2).c_str());
}

void PrintBench(const BenchReport& report) {
  std::vector<std::vector<std::string>> rows = {{"STAGE", "IMAGES/S", "THREADS", "BUSY"}};
  for (const StageRate& rate : report.stages) {
    rows.push_back({rate.stage, Grouped(static_cast<std::int64_t>(rate.images_per_second)),
                    std::to_string(rate.threads),
                    std::to_string(std::lround(100 * rate.utilisation)) + " %"});
  }
  PrintTable(rows);
  if (const auto& cosine = report.against_exact) {
    std::printf("cosine against exact decoding: mean %.4f, 1st percentile %.4f, least %.4f (%s images)\n",
                cosine->mean, cosine->first_percentile, cosine->minimum, Grouped(cosine->images).c_str());
  }
}

int BenchCommand(const BenchFlags& flags) {
  BenchReport report;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<BenchReport> done = Bench(flags.options, &progress, stop);
    if (!done) return done.error();
    report = *std::move(done);
    return kDone;
  });
  if (code != kDone) return code;
  flags.json ? PrintBenchJson(report) : PrintBench(report);
  return code;
}

}  // namespace

void AddSynthCommand(CLI::App& app, int& exit_code) {
  CLI::App* synth =
      app.add_subcommand("synth", "Make deterministic, fruit-like photographs to try things with");
  auto flags = std::make_shared<SynthFlags>();
  synth->add_option("--count", flags->options.count, "How many images")->required()->type_name("N");
  synth->add_option("-o,--out", flags->options.out, "Folder to write, one sub-folder a label")
      ->required()
      ->type_name("DIR");
  synth->add_option("--size", flags->size, "Pixels")->type_name("WIDTHxHEIGHT")->capture_default_str();
  synth->add_option("--classes", flags->options.classes, "Kinds of fruit")
      ->type_name("N")
      ->capture_default_str();
  synth->add_option("--seed", flags->options.seed, "Same seed, same images")
      ->type_name("N")
      ->capture_default_str();
  synth->add_option("--quality", flags->options.quality, "JPEG quality")
      ->type_name("1..100")
      ->capture_default_str();
  flags->options.threads = 0;
  synth->add_option("--threads", flags->options.threads, "Workers; 0: one per core")
      ->type_name("N")
      ->capture_default_str();
  synth->add_flag("--overwrite", flags->options.overwrite, "Write into a folder that is not empty");
  AddDisplayFlags(*synth, flags->display);
  synth->footer("Example:\n  coulis synth --count 1000 --size 640x480 --out photos/");
  synth->callback([flags, &exit_code] { exit_code = Synth(*flags); });
}

void AddBenchCommand(CLI::App& app, int& exit_code) {
  CLI::App* bench =
      app.add_subcommand("bench", "Images/s of each stage, of the engine alone and of the whole");
  auto flags = std::make_shared<BenchFlags>();
  AddImageFlags(*bench, flags->options.embed);
  bench->add_option("--images", flags->options.images, "Images to measure with; 0: all")
      ->type_name("N")
      ->capture_default_str();
  bench
      ->add_option("--rounds", flags->options.rounds,
                   "Times that each stage is measured; the median is shown")
      ->type_name("N")
      ->capture_default_str();
  bench->add_flag("--json", flags->json, "Print as JSON");
  AddDisplayFlags(*bench, flags->display);
  bench->footer("Example:\n  coulis bench photos/ --threads 2");
  bench->callback([flags, &exit_code] { exit_code = BenchCommand(*flags); });
}

void AddDoctorCommand(CLI::App& app, int& exit_code) {
  CLI::App* doctor = app.add_subcommand("doctor", "What works on this machine and what to do about the rest");
  auto flags = std::make_shared<DoctorFlags>();
  doctor->add_option("LOCATION", flags->locations, "Folders, and s3://BUCKET/PREFIX, to look at as well");
  doctor->add_flag("--json", flags->json, "Print the checks as JSON");
  AddStorageFlags(*doctor, flags->storage);
  doctor->footer("Examples:\n  coulis doctor\n  coulis doctor s3://fruits/photos --allow-region eu");
  doctor->callback([flags, &exit_code] {
    exit_code = PrintChecks(Doctor(flags->locations, flags->storage), flags->json) ? kDone : kFailed;
  });
}

}  // namespace coulis::cli
