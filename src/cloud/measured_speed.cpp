#include "cloud/measured_speed.h"

#include <cstdlib>
#include <sstream>

namespace coulis::cloud {
namespace {

// "4000 images (fruits360), AMD EPYC, …, 2 cores, 24 GB of memory": up to the operating system.
std::string MachineIn(const std::string& page) {
  const std::string before = "Written by `bench/compare`. ";
  const std::string after = " of memory";
  const std::size_t begin = page.find(before);
  if (begin == std::string::npos) return "";
  const std::size_t end = page.find(after, begin);
  if (end == std::string::npos) return "";
  return page.substr(begin + before.size(), end + after.size() - begin - before.size());
}

// Of "…, 2 cores, …"; 0 when it does not say.
int CoresIn(const std::string& machine) {
  const std::size_t end = machine.find(" cores");
  const std::size_t begin = end == std::string::npos ? end : machine.rfind(' ', end - 1);
  return begin == std::string::npos ? 0 : std::atoi(machine.c_str() + begin);
}

}  // namespace

Result<MeasuredSpeed> SpeedIn(const std::string& table, const std::string& page,
                              const std::string& precision) {
  const std::string machine = MachineIn(page);
  const int cores = CoresIn(machine);
  if (cores < 1) return Error{ErrorCode::kInternal, "the table of measured speeds names no machine"};
  const std::string row = "coulis-" + precision + ",features + PCA,";
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(row)) continue;
    const std::string rate = line.substr(row.size(), line.find(',', row.size()) - row.size());
    const double images = std::strtod(rate.c_str(), nullptr);
    if (!(images > 0)) break;
    std::string measurement = "coulis-" + precision;
    measurement.append(", features + PCA: ").append(rate).append(" images/s, ").append(machine);
    return MeasuredSpeed{images / cores, measurement + " (bench/results/comparison.md)"};
  }
  return Error{ErrorCode::kInvalidArgument,
               "there is no measured speed for precision \"" + precision + "\": choose f32, bf16 or int8"};
}

}  // namespace coulis::cloud
