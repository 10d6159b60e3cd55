// Included by .cpp files only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace coulis {

/// JSON as records are written: indented by two, a line break at the end; bytes that are not UTF-8 become
/// U+FFFD.
inline std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace coulis
