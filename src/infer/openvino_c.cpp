#include "infer/openvino_c.h"

#include <algorithm>
#include <sstream>

namespace coulis::infer {
namespace {

// OpenVINO's messages run over several lines, most of them places in its source; what is wrong stands last.
std::string LastLineOf(const std::string& message) {
  std::istringstream lines(message);
  std::string line;
  std::string last;
  while (std::getline(lines, line)) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  }
  constexpr std::size_t kLongest = 240;
  if (last.size() > kLongest) last = last.substr(0, kLongest) + "…";
  std::replace_if(last.begin(), last.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return last;
}

}  // namespace

void Calls::Note(ov_status_e status, const char* name) {
  if (status == ov_status_e::OK || failure_) return;
  const char* message = ov_get_last_err_msg();
  std::string reason = message != nullptr ? LastLineOf(message) : "";
  ov_free(message);
  failure_ = std::string(name) + ": " + (reason.empty() ? ov_get_error_info(status) : reason);
}

Result<void> Calls::Outcome(ErrorCode code, const std::string& context) const {
  if (!failure_) return {};
  return Error{code, context + " (" + *failure_ + ")"};
}

ov_shape_t AsShape(Extents& extents) {
  return {.rank = static_cast<std::int64_t>(extents.size()), .dims = extents.data()};
}

std::optional<Extents> StaticShape(const ov_output_const_port_t* port) {
  ov_shape_t shape{};
  if (ov_const_port_get_shape(port, &shape) != ov_status_e::OK) return std::nullopt;
  Extents extents(shape.dims, shape.dims + shape.rank);
  ov_shape_free(&shape);
  return extents;
}

std::string ToString(const Extents& extents) {
  std::string text = "[";
  for (const std::int64_t extent : extents) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

std::string OpenVinoVersion() {
  ov_version_t version{};
  if (ov_get_openvino_version(&version) != ov_status_e::OK) return "unknown";
  std::string text = version.buildNumber;
  ov_version_free(&version);
  return text;
}

std::string ProcessorName(const ov_core_t* core) {
  TextPtr name;
  if (ov_core_get_property(core, "CPU", ov_property_key_device_full_name, Out(name)) != ov_status_e::OK)
    return "";
  return name.get();
}

}  // namespace coulis::infer
