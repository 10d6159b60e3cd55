#include "cloud/measured_speed.h"

#include <cstdlib>
#include <sstream>

namespace coulis::cloud {
namespace {

// Of the machine that bench/results/comparison.md names.
constexpr int kCores = 2;

}  // namespace

Result<MeasuredSpeed> SpeedIn(const std::string& table, const std::string& precision) {
  const std::string row = "coulis-" + precision + ",features + PCA,";
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(row)) continue;
    const std::string rate = line.substr(row.size(), line.find(',', row.size()) - row.size());
    const double images = std::strtod(rate.c_str(), nullptr);
    if (!(images > 0)) break;
    std::string measurement = "coulis-" + precision + ", features + PCA of 2,000 images: ";
    measurement += rate + " images/s on " + std::to_string(kCores) + " cores (bench/results/comparison.csv)";
    return MeasuredSpeed{images / kCores, measurement};
  }
  return Error{ErrorCode::kInvalidArgument,
               "there is no measured speed for precision \"" + precision + "\": choose f32, bf16 or int8"};
}

}  // namespace coulis::cloud
