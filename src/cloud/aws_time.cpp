#include "cloud/aws_time.h"

#include <chrono>
#include <cstdio>
#include <string>

namespace coulis::cloud {

std::optional<double> SecondsOf(const nlohmann::json& time) {
  if (time.is_number()) return time.get<double>();
  if (!time.is_string()) return std::nullopt;
  const std::string text = time.get<std::string>();
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  int read = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%lf%n", &year, &month, &day, &hour, &minute, &second,
                  &read) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  char sign = '+';
  int zone_hours = 0;
  int zone_minutes = 0;
  const std::string zone = text.substr(static_cast<std::size_t>(read));
  if (!zone.empty() && zone != "Z" &&
      std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &zone_hours, &zone_minutes) != 3) {
    return std::nullopt;
  }
  const int offset = (zone_hours * 60 + zone_minutes) * (sign == '-' ? -1 : 1);
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + (hour * 60 + minute - offset) * 60 + second;
}

}  // namespace coulis::cloud
