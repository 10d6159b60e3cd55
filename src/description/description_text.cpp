#include <array>
#include <sstream>
#include <string>

#include "coulis/model.h"

namespace coulis {
namespace {

std::string Numbers(const std::array<float, 3>& channels) {
  std::ostringstream text;
  text.precision(9);  // Enough that different floats differ.
  for (const float channel : channels) text << ' ' << channel;
  return text.str();
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

}  // namespace coulis
