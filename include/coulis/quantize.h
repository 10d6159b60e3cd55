// int8 networks, made from the user's images, and what a precision costs and gives on them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/export.h"
#include "coulis/feature_cosine.h"
#include "coulis/image.h"
#include "coulis/model.h"
#include "coulis/result.h"

namespace coulis {

/// How features of a model in another precision compare with those in f32, on the same images.
struct PrecisionReport {
  std::string created;  ///< UTC, "2026-01-31T12:00:00Z".
  std::string coulis_version;
  std::string engine;     ///< "OpenVINO 2026.4.1".
  std::string processor;  ///< The speed's; accuracy may differ a little between processors, too.
  std::string model;
  Precision precision = Precision::kBf16;
  std::string f32_sha256;  ///< Identities of the two networks; the same for bf16.
  std::string sha256;

  std::int64_t images = 0;  ///< Measured.
  std::int64_t bad = 0;     ///< Could not be used and were passed over.
  std::int64_t labels = 0;  ///< Different folders among the images measured.

  FeatureCosine cosine;

  /// An image's nearest neighbour is the other image with the largest cosine in the same precision.
  struct NearestNeighbour {
    double accuracy_f32 = 0;  ///< Share of images whose nearest neighbour has the same label.
    double accuracy = 0;
    double changed = 0;  ///< Share of images whose nearest neighbour has another label than in f32.
  };
  /// Nothing where all images have one label.
  std::optional<NearestNeighbour> nearest;

  /// Of the engine alone, one image at a time on one core; both precisions in turn, medians.
  struct Speed {
    double f32_milliseconds = 0;
    double milliseconds = 0;
    double ratio = 0;  ///< Median of the ratios of neighbouring measurements; above 1: faster than f32.
  } speed;

  /// How an int8 network was made; nothing for other precisions.
  struct Calibration {
    std::int64_t images = 0;
    double cosine = 0;                     ///< What was aimed at.
    std::vector<std::string> kept_in_f32;  ///< Layers that are not int8.
    std::vector<std::string> sha256;       ///< Of the images' files; they are left out when measuring.
  };
  std::optional<Calibration> calibration;
};

/// As in report.json (docs/formats.md).
[[nodiscard]] COULIS_EXPORT std::string ToJson(const PrecisionReport& report);

/// Settings of `ReportPrecision`.
struct ReportOptions {
  std::string model = "mobilenet_v2";
  Precision precision = Precision::kBf16;
  /// A folder with images, in a sub-folder for each label.
  std::filesystem::path data;
  /// Images to measure at most, spread over the folders, the same ones each time. Range ≥ 1.
  std::int64_t images = 1000;
  DecodeOptions decode;
  /// Called with one line per step; may be empty.
  std::function<void(const std::string&)> report;
};

/// Measures a precision against f32. For int8, images that the network was calibrated on are left out.
/// Errors: as `OpenModel` and `Engine::Load`; kInvalidArgument (f32), kNotFound (fewer than 10 usable
/// images), kCancelled.
[[nodiscard]] COULIS_EXPORT Result<PrecisionReport> ReportPrecision(const ReportOptions& options,
                                                                    const std::stop_token& stop);

/// Settings of `QuantizeModel`.
struct QuantizeOptions {
  /// `images`: of the report, which are others than those that the network is calibrated on.
  ReportOptions measure;
  /// Images to calibrate on, spread over the folders; at most half of those there are. Range ≥ 1.
  std::int64_t calibration = 300;
  /// Mean cosine to f32 to aim at: the layers whose quantisation costs most stay in f32 until the rest is
  /// predicted to reach it. 0: everything int8. Range 0 to below 1.
  double cosine = 0.99;
};

/// Makes the model's int8 network by NNCF's post-training quantisation (docs/models.md), measures it and
/// installs it in the model's folder with one rename, replacing an earlier one. The quantiser runs in a
/// Python environment of its own in DefaultCacheFolder(), made on first use. Errors: as `ReportPrecision`;
/// kInvalidArgument (int8 already), kNotFound (no Python; fewer than 20 usable images), kIo (pip, disk).
[[nodiscard]] COULIS_EXPORT Result<PrecisionReport> QuantizeModel(const QuantizeOptions& options,
                                                                  const std::stop_token& stop);

/// Makes the quantiser's environment now, so that `QuantizeModel` needs no network later.
[[nodiscard]] COULIS_EXPORT Result<void> PrepareQuantizer(
    const std::function<void(const std::string&)>& report, const std::stop_token& stop);

}  // namespace coulis
