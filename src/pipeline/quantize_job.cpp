// `coulis models quantize` and `coulis models report`.
#include <algorithm>
#include <utility>

#include "base/durable_file.h"
#include "base/utc_now.h"
#include "coulis/engine.h"
#include "coulis/pipeline.h"
#include "coulis/quantize.h"
#include "coulis/version.h"
#include "models/python_environment.h"
#include "models/quantize.h"
#include "models/staging.h"
#include "pipeline/image_sample.h"
#include "pipeline/jobs.h"
#include "pipeline/npy_writer.h"
#include "pipeline/precision_json.h"
#include "pipeline/precision_report.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInt8Folder = "int8";
constexpr const char* kReport = "report.json";

Result<Engine> LoadEngine(const Model& model, Precision precision) {
  return Engine::Load(
      model, {.threads = 1, .layer = "", .precision = precision, .cache_folder = DefaultCacheFolder()});
}

PrecisionReport Begin(const Model& f32, const Model& other, Precision precision) {
  PrecisionReport report;
  report.created = UtcNow();
  report.coulis_version = Version();
  report.engine = Engine::Version();
  report.processor = Engine::Processor();
  report.model = f32.description.name;
  report.precision = precision;
  report.f32_sha256 = f32.description.sha256;
  report.sha256 = other.description.sha256;
  return report;
}

// Both networks on what `sample` still has.
Result<void> Measure(const Model& f32, const Model& other, ImageSample& sample, const ReportOptions& options,
                     PrecisionReport& report, const std::stop_token& stop) {
  Result<Engine> reference = LoadEngine(f32, Precision::kF32);
  if (!reference) return reference.error();
  Result<Engine> engine = LoadEngine(other, report.precision);
  if (!engine) return engine.error();
  const auto skip = report.calibration ? std::span<const std::string>(report.calibration->sha256)
                                       : std::span<const std::string>();
  if (options.report) {
    options.report("measure f32 and " + std::string(ToString(report.precision)) + " in turn on up to " +
                   std::to_string(options.images) + " images");
  }
  return MeasurePrecision(*reference, *engine, sample, skip, options.images, report, stop);
}

Result<void> CheckOptions(const QuantizeOptions& options) {
  if (options.calibration < 1 || options.measure.images < 1) {
    return Error{ErrorCode::kInvalidArgument, "at least 1 image is needed to calibrate and to measure"};
  }
  if (!(options.cosine >= 0 && options.cosine < 1)) {
    return Error{ErrorCode::kInvalidArgument, "the cosine to aim at is from 0 to below 1"};
  }
  return {};
}

// The pixels of the first images of `sample`, and which ones these are.
Result<PrecisionReport::Calibration> WriteCalibration(ImageSample& sample,
                                                      const ModelDescription& description,
                                                      const QuantizeOptions& options, const fs::path& file) {
  const auto [width, height] = description.input_size;
  const std::int64_t wanted = std::min(options.calibration, sample.size() / 2);
  NpyWriter writer(file, {height, width, 3});
  std::vector<std::uint8_t> pixels(sample.pixel_bytes());
  PrecisionReport::Calibration calibration;
  calibration.cosine = options.cosine;
  while (calibration.images < wanted && sample.Next(pixels)) {
    writer.Append(pixels);
    calibration.sha256.push_back(sample.sha256());
    ++calibration.images;
  }
  if (calibration.images < kFewestImages) {
    return Error{ErrorCode::kNotFound, "too few images: there are " + std::to_string(sample.size()) + " in " +
                                           options.measure.data.string() + ", of which " +
                                           std::to_string(sample.bad()) +
                                           " cannot be used; 20 are needed, half of them to measure with"};
  }
  std::sort(calibration.sha256.begin(), calibration.sha256.end());
  if (Result<void> written = writer.Finish(); !written) return written.error();
  return calibration;
}

}  // namespace

Result<PrecisionReport> ReportPrecision(const ReportOptions& options, const std::stop_token& stop) {
  if (options.precision == Precision::kF32) {
    return Error{ErrorCode::kInvalidArgument,
                 "f32 is what the others are measured against: name bf16 or int8"};
  }
  Result<Model> f32 = OpenModel(options.model);
  if (!f32) return f32.error();
  Result<Model> other = OpenModel(options.model, options.precision);
  if (!other) return other.error();
  Result<ImageSample> sample = ImageSample::Open(options.data, f32->description.fit(), options.decode);
  if (!sample) return sample.error();
  PrecisionReport report = Begin(*f32, *other, options.precision);
  if (options.precision == Precision::kInt8) {
    report.calibration = ReadCalibration(other->folder / kReport);
    if (!report.calibration) {
      return Error{ErrorCode::kBadModel,
                   "the int8 network's report.json is missing or damaged; run: coulis models "
                   "quantize " +
                       options.model + " --data DIR"};
    }
  }
  if (Result<void> measured = Measure(*f32, *other, *sample, options, report, stop); !measured) {
    return measured.error();
  }
  return report;
}

Result<PrecisionReport> QuantizeModel(const QuantizeOptions& options, const std::stop_token& stop) {
  if (Result<void> checked = CheckOptions(options); !checked) return checked.error();
  const ReportOptions& measure = options.measure;
  Result<Model> f32 = OpenModel(measure.model);
  if (!f32) return f32.error();
  if (Result<void> able = models::CheckQuantizable(*f32); !able) return able.error();
  Result<ImageSample> sample = ImageSample::Open(measure.data, f32->description.fit(), measure.decode);
  if (!sample) return sample.error();
  const fs::path cache = DefaultCacheFolder();
  Result<models::Staging> work = models::Staging::Make(cache / "quantize");  // Never published.
  if (!work) return work.error();
  const fs::path images = work->folder() / "calibration.npy";
  Result<PrecisionReport::Calibration> calibration =
      WriteCalibration(*sample, f32->description, options, images);
  if (!calibration) return calibration.error();

  Result<models::Staging> staging = models::Staging::Make(f32->folder);
  if (!staging) return staging.error();
  const auto say = measure.report ? measure.report : [](const std::string&) {};
  say("calibrate on " + std::to_string(calibration->images) + " of " + std::to_string(sample->size()) +
      " images");
  Result<models::Int8Network> int8 =
      models::MakeInt8({*f32, images, cache, options.cosine, say, stop}, staging->folder());
  if (!int8) return int8.error();
  calibration->kept_in_f32 = std::move(int8->kept_in_f32);
  PrecisionReport report = Begin(*f32, int8->model, Precision::kInt8);
  report.calibration = *std::move(calibration);
  if (Result<void> measured = Measure(*f32, int8->model, *sample, measure, report, stop); !measured) {
    return measured.error();
  }
  if (Result<void> written = WriteFileDurably(staging->folder() / kReport, ToJson(report)); !written) {
    return written.error();
  }
  if (Result<void> published = staging->Publish(kInt8Folder); !published) return published.error();
  return report;
}

Result<void> PrepareQuantizer(const std::function<void(const std::string&)>& report,
                              const std::stop_token& stop) {
  const auto say = report ? report : [](const std::string&) {};
  if (Result<fs::path> python = models::QuantizerPython(DefaultCacheFolder(), say, stop); !python) {
    return python.error();
  }
  return {};
}

}  // namespace coulis
