// Members of AWS's answers, which may be missing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/path_text.h"

namespace coulis::cloud {

/// Null when there is no such member.
[[nodiscard]] inline nlohmann::json Member(const nlohmann::json& object, const char* name) {
  return object.is_object() && object.contains(name) ? object[name] : nlohmann::json();
}

/// Empty when it is no text; without control characters.
[[nodiscard]] inline std::string Text(const nlohmann::json& object, const char* name) {
  const nlohmann::json member = Member(object, name);
  return member.is_string() ? PathText(member.get<std::string>()) : "";
}

/// 0 when it is no number.
[[nodiscard]] inline double Number(const nlohmann::json& object, const char* name) {
  const nlohmann::json member = Member(object, name);
  return member.is_number() ? member.get<double>() : 0;
}

/// For columns: filled up with spaces, and two more.
[[nodiscard]] inline std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text + "  ";
}

}  // namespace coulis::cloud
