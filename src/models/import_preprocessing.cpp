#include "models/import_preprocessing.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace coulis {
namespace {

Error Wrong(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
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
