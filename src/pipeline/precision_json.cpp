#include <fstream>
#include <nlohmann/json.hpp>

#include "store/json_text.h"

#include "pipeline/precision_json.h"

namespace coulis {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr int kDigits = 6;

// Enough digits for any use, few enough to read.
double Rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.*f", kDigits, value);
  return std::strtod(text, nullptr);
}

Json Nearest(const PrecisionReport& report) {
  if (!report.nearest) return nullptr;
  return {{"accuracy_f32", Rounded(report.nearest->accuracy_f32)},
          {"accuracy", Rounded(report.nearest->accuracy)},
          {"changed", Rounded(report.nearest->changed)}};
}

Json Calibration(const PrecisionReport& report) {
  if (!report.calibration) return nullptr;
  return {{"images", report.calibration->images},
          {"cosine", report.calibration->cosine},
          {"kept_in_f32", report.calibration->kept_in_f32},
          {"sha256", report.calibration->sha256}};
}

}  // namespace

std::string ToJson(const PrecisionReport& report) {
  const Json json = {
      {"format", kFormat},
      {"created", report.created},
      {"coulis_version", report.coulis_version},
      {"engine", report.engine},
      {"processor", report.processor},
      {"model", report.model},
      {"precision", ToString(report.precision)},
      {"f32_sha256", report.f32_sha256},
      {"sha256", report.sha256},
      {"images", report.images},
      {"bad", report.bad},
      {"labels", report.labels},
      {"cosine",
       {{"mean", Rounded(report.cosine.mean)},
        {"first_percentile", Rounded(report.cosine.first_percentile)},
        {"minimum", Rounded(report.cosine.minimum)}}},
      {"nearest_neighbour", Nearest(report)},
      {"speed",
       {{"ratio", Rounded(report.speed.ratio)},
        {"f32_milliseconds", Rounded(report.speed.f32_milliseconds)},
        {"milliseconds", Rounded(report.speed.milliseconds)}}},
      {"calibration", Calibration(report)},
  };
  return JsonText(json);
}

std::optional<PrecisionReport::Calibration> ReadCalibration(const std::filesystem::path& report) {
  std::ifstream file(report);
  const Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  try {
    const Json& found = json.at("calibration");
    PrecisionReport::Calibration calibration;
    found.at("images").get_to(calibration.images);
    found.at("cosine").get_to(calibration.cosine);
    found.at("kept_in_f32").get_to(calibration.kept_in_f32);
    found.at("sha256").get_to(calibration.sha256);
    return calibration;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace coulis
