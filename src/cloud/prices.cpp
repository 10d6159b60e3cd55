#include "cloud/prices.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include "base/path_text.h"
#include "cloud/embedded_text.h"

namespace coulis::cloud {
namespace {

constexpr const char* kEverywhere = "*";

// The first four fields; the fifth is the rest of the line, commas and all.
std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  std::string field;
  while (fields.size() < 4 && std::getline(text, field, ',')) fields.push_back(field);
  if (std::getline(text, field)) fields.push_back(field);
  return fields;
}

std::optional<double> Number(const std::string& text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || !(number >= 0)) return std::nullopt;
  return number;
}

}  // namespace

Result<Prices> Prices::Parse(const std::string& text) {
  Prices prices;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.starts_with('#') || line.starts_with("region,")) continue;
    const std::vector<std::string> fields = Fields(line);
    if (fields.size() == 2 && fields[0] == "date") {
      prices.date_ = fields[1];
      continue;
    }
    const std::optional<double> dollars = fields.size() == 5 ? Number(fields[3]) : std::nullopt;
    if (!dollars) {
      return Error{ErrorCode::kInvalidArgument, "line " + std::to_string(number) +
                                                    " of the prices is not region,item,unit,usd,source: \"" +
                                                    PathText(line) + "\""};
    }
    prices.prices_[{fields[0], fields[1]}] = {*dollars, fields[4].find("NOT VERIFIED") == std::string::npos};
  }
  if (prices.date_.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the prices have no line date,YYYY-MM-DD: say of when they are"};
  }
  return prices;
}

Result<std::string> PricesText(const std::filesystem::path& file) {
  if (file.empty()) return std::string(kShipped_prices_csv);
  std::ifstream stream(file);
  if (!stream) {
    return Error{ErrorCode::kNotFound,
                 "cannot read the prices in " + PathText(file.native()) + ": give a CSV file"};
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Result<Prices> Prices::Read(const std::filesystem::path& file) {
  Result<std::string> text = PricesText(file);
  if (!text) return text.error();
  return Parse(*text);
}

const Prices::Price* Prices::Look(const std::string& region, const std::string& item) const {
  for (const std::string& place : {region, std::string(kEverywhere)}) {
    if (const auto found = prices_.find({place, item}); found != prices_.end()) return &found->second;
  }
  return nullptr;
}

std::optional<double> Prices::Find(const std::string& region, const std::string& item) const {
  const Price* price = Look(region, item);
  return price == nullptr ? std::nullopt : std::optional(price->dollars);
}

std::vector<std::string> Prices::Unverified() const {
  const std::set<std::string> regions = Regions();
  std::map<std::string, std::set<std::string>> where;
  for (const auto& [key, _] : prices_) {
    for (const std::string& region : regions) {
      const Price* price = Look(region, key.second);
      if (price != nullptr && !price->verified)
        where[key.second.substr(0, key.second.find(':'))].insert(region);
    }
  }
  std::vector<std::string> kinds;
  for (const auto& [kind, places] : where) {
    std::string names;
    for (const std::string& place : places) names += (names.empty() ? " (" : ", ") + place;
    kinds.push_back(kind);
    if (places != regions) kinds.back().append(names).append(")");
  }
  return kinds;
}

std::set<std::string> Prices::Regions() const {
  std::set<std::string> regions;
  for (const auto& [key, _] : prices_) {
    if (key.first != kEverywhere) regions.insert(key.first);
  }
  return regions;
}

std::set<std::string> Prices::Instances() const {
  std::set<std::string> instances;
  for (const auto& [key, _] : prices_) {
    if (key.second.starts_with("ec2:")) instances.insert(key.second.substr(4));
  }
  return instances;
}

}  // namespace coulis::cloud
