#include "models/import_preprocessing.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace coulis {
namespace {

Error Wrong(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

std::string Numbers(const std::array<float, 3>& channels) {
  std::ostringstream text;
  text.precision(9);  // Enough that different floats differ.
  for (const float channel : channels) text << ' ' << channel;
  return text.str();
}

Result<void> ChooseByName(const std::string& name, ModelDescription& description) {
  if (name == "none") return {};
  if (name == "keras") {
    description.mean = {127.5F, 127.5F, 127.5F};
    description.scale = description.mean;
    return {};
  }
  if (name == "torchvision") {
    // ImageNet's mean and standard deviation, and 256 for 224, as torchvision's models of that size have it.
    description.mean = {0.485F * 255, 0.456F * 255, 0.406F * 255};
    description.scale = {0.229F * 255, 0.224F * 255, 0.225F * 255};
    description.resize_filter = ResizeFilter::kBilinear;
    const int side = std::max(description.input_size.width, description.input_size.height);
    description.resize_shorter_side = (side * 8 + 3) / 7;
    return {};
  }
  return Wrong("--preprocess takes keras, torchvision or none, not \"" + name + "\"");
}

}  // namespace

std::string PreprocessingText(const ModelDescription& description) {
  const auto [width, height] = description.input_size;
  std::string text = std::to_string(width) + " x " + std::to_string(height) + " " +
                     std::string(ToString(description.resize_filter));
  if (description.resize_shorter_side > 0) {
    text += " (shorter side " + std::to_string(description.resize_shorter_side) + ", centre crop)";
  }
  text += description.takes_u8
              ? ", 8-bit pixels as they are"
              : ", mean" + Numbers(description.mean) + ", scale" + Numbers(description.scale);
  return description.arithmetic == "exact" ? text + ", LiteRT's integers" : text;
}

std::string_view ArithmeticText(const ModelDescription& description) {
  if (description.arithmetic == "exact") return "exact: LiteRT's integers";
  if (description.arithmetic == "engine")
    return "engine: OpenVINO's 8-bit kernels, whose rounding may differ from LiteRT's";
  return "";
}

namespace models {

Result<void> ChoosePreprocessing(const ImportOptions& options, ModelDescription& description) {
  const bool by_numbers = options.mean || options.scale;
  const bool by_name = !options.preprocess.empty();
  if (by_numbers && by_name) return Wrong("--preprocess and --mean or --scale contradict each other");
  if (description.takes_u8 && (by_numbers || (by_name && options.preprocess != "none"))) {
    return Wrong(
        "the model takes 8-bit pixels and has its preprocessing inside: --mean, --scale and --preprocess are "
        "not for it");
  }
  if (by_name) return ChooseByName(options.preprocess, description);
  if (options.mean) description.mean = *options.mean;
  if (options.scale) description.scale = *options.scale;
  const auto usable = [](float value) { return std::isfinite(value) && value != 0; };
  if (!std::all_of(description.mean.begin(), description.mean.end(),
                   [](float v) { return std::isfinite(v); }) ||
      !std::all_of(description.scale.begin(), description.scale.end(), usable)) {
    return Wrong("--mean takes three numbers, --scale three that are not 0");
  }
  return {};
}

}  // namespace models
}  // namespace coulis
