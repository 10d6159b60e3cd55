// Included by .cpp files only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coulis/results.h"

namespace coulis {

/// Bad images as records list them: [{"path", "error"}, …].
inline nlohmann::ordered_json ToJson(const std::vector<BadImage>& images) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const BadImage& bad : images) json.push_back({{"path", bad.path}, {"error", bad.error}});
  return json;
}

/// Throws what the library throws when `json` is no such list.
inline std::vector<BadImage> BadImagesFrom(const nlohmann::ordered_json& json) {
  std::vector<BadImage> images;
  for (const nlohmann::ordered_json& bad : json) {
    images.push_back({bad.at("path").get<std::string>(), bad.at("error").get<std::string>()});
  }
  return images;
}

}  // namespace coulis
