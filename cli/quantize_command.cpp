#include "quantize_command.h"

#include <cstdio>
#include <memory>
#include <optional>

#include "coulis/engine.h"
#include "coulis/quantize.h"
#include "exit_code.h"
#include "job_options.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct ReportFlags {
  ReportOptions options;
  bool json = false;
  bool quiet = false;
};

struct QuantizeFlags {
  QuantizeOptions options;
  bool prepare = false;
  bool json = false;
  bool quiet = false;
};

void PrintReport(const PrecisionReport& report, bool json) {
  if (json) {
    std::fputs(ToJson(report).c_str(), stdout);
    return;
  }
  std::printf("images      %s of %s labels, %s bad\n", Grouped(report.images).c_str(),
              Grouped(report.labels).c_str(), Grouped(report.bad).c_str());
  std::printf("cosine      mean %.4f, 1st percentile %.4f, minimum %.4f\n", report.cosine.mean,
              report.cosine.first_percentile, report.cosine.minimum);
  if (report.nearest) {
    std::printf("1-NN        accuracy %.2f %%, in f32 %.2f %%; another label for %.2f %% of the images\n",
                100 * report.nearest->accuracy, 100 * report.nearest->accuracy_f32,
                100 * report.nearest->changed);
  } else {
    std::printf("1-NN        not measured: the images have one label\n");
  }
  std::printf("speed       %.2f x f32 (%.2f ms an image on one core, f32 %.2f ms)\n", report.speed.ratio,
              report.speed.milliseconds, report.speed.f32_milliseconds);
  if (report.calibration) {
    std::string kept;
    for (const std::string& layer : report.calibration->kept_in_f32)
      kept += (kept.empty() ? "" : ", ") + layer;
    std::printf("kept in f32 %s\n", kept.empty() ? "no layer" : OneLine(kept).c_str());
  }
}

// Runs `job` so that a signal stops it cleanly, and prints what it found.
int Show(const std::function<Result<PrecisionReport>(std::stop_token stop)>& job, bool print, bool json) {
  std::optional<PrecisionReport> report;
  const DisplayOptions unseen{.style = ProgressStyle::kNone, .quiet = true};
  const int code = RunJob(unseen, [&](Progress&, const std::stop_token& stop) -> Result<int> {
    Result<PrecisionReport> done = job(stop);
    if (!done) return done.error();
    report = *std::move(done);
    return kDone;
  });
  if (code == kDone && (print || json)) PrintReport(*report, json);
  return code;
}

void WarnOfProcessor(Precision precision) {
  if (precision == Precision::kInt8 && !Engine::HasInt8Instructions()) {
    PrintWarning(
        "this processor has no instructions for int8 (VNNI): expect no more than the speed of f32 here");
  }
}

int Report(ReportFlags& flags) {
  if (!flags.quiet) flags.options.report = PrintStep;
  WarnOfProcessor(flags.options.precision);
  return Show([&](const std::stop_token& stop) { return ReportPrecision(flags.options, stop); }, true,
              flags.json);
}

int Prepare(bool quiet) {
  const DisplayOptions unseen{.style = ProgressStyle::kNone, .quiet = true};
  return RunJob(unseen, [&](Progress&, const std::stop_token& stop) -> Result<int> {
    const auto say = quiet ? std::function<void(const std::string&)>() : PrintStep;
    if (Result<void> made = PrepareQuantizer(say, stop); !made) return made.error();
    return kDone;
  });
}

int Quantize(QuantizeFlags& flags) {
  if (flags.prepare) return Prepare(flags.quiet);
  ReportOptions& measure = flags.options.measure;
  if (measure.model.empty() || measure.data.empty()) {
    PrintError(measure.model.empty()
                   ? "NAME is needed: which model to quantise"
                   : "--data is needed: a folder with images like those that will be embedded");
    return kBadUsage;
  }
  if (!flags.quiet) measure.report = PrintStep;
  WarnOfProcessor(Precision::kInt8);
  const int code = Show([&](const std::stop_token& stop) { return QuantizeModel(flags.options, stop); },
                        !flags.quiet, flags.json);
  if (code == kDone && !flags.quiet && !flags.json) {
    std::printf("\n%s runs in int8 with --precision int8\n", measure.model.c_str());
  }
  return code;
}

void AddMeasureFlags(CLI::App& command, ReportOptions& options, bool& json, bool& quiet) {
  command.add_option("--images", options.images, "Images to measure at most, spread over the sub-folders")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_flag("--json", json, "Print the report as JSON");
  command.add_flag("-q,--quiet", quiet, "Print no steps");
}

void AddReport(CLI::App& models, int& exit_code) {
  CLI::App* report = models.add_subcommand(
      "report", "What a precision costs and gives: cosine to f32, nearest neighbours, speed");
  auto flags = std::make_shared<ReportFlags>();
  report->add_option("NAME", flags->options.model, "Name of an installed model, or the folder of one")
      ->required();
  AddPrecisionFlag(*report, flags->options.precision)->required();
  report->add_option("--data", flags->options.data, "Folder with images, in a sub-folder for each label")
      ->required()
      ->type_name("DIR");
  AddMeasureFlags(*report, flags->options, flags->json, flags->quiet);
  report->footer("Example:\n  coulis models report mobilenet_v2 --precision bf16 --data photos/");
  report->callback([flags, &exit_code] { exit_code = Report(*flags); });
}

}  // namespace

void AddQuantizeModel(CLI::App& models, int& exit_code) {
  CLI::App* quantize =
      models.add_subcommand("quantize", "Make a model's int8 network, calibrated on your images");
  auto flags = std::make_shared<QuantizeFlags>();
  QuantizeOptions& options = flags->options;
  options.measure.model.clear();
  options.measure.precision = Precision::kInt8;
  quantize->add_option("NAME", options.measure.model, "Name of an installed model, or the folder of one");
  quantize
      ->add_option("--data", options.measure.data,
                   "Folder with images, in a sub-folder for each label; 20 at least")
      ->type_name("DIR");
  quantize
      ->add_option("--cosine", options.cosine,
                   "Mean cosine to f32 to aim at: layers stay in f32 for it; 0: everything int8")
      ->type_name("SHARE")
      ->capture_default_str();
  quantize
      ->add_option("--calibration", options.calibration,
                   "Images to calibrate on; at most half of those there are")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddMeasureFlags(*quantize, options.measure, flags->json, flags->quiet);
  quantize->add_flag("--prepare", flags->prepare,
                     "Only make the Python environment that the quantiser runs in (needs the network)");
  quantize->footer("Example:\n  coulis models quantize mobilenet_v2 --data photos/");
  quantize->callback([flags, &exit_code] { exit_code = Quantize(*flags); });
  AddReport(models, exit_code);
}

}  // namespace coulis::cli
