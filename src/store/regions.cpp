#include "store/regions.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

#include "base/environment.h"
#include "base/path_text.h"
#include "store/embedded_text.h"

namespace coulis {
namespace {

std::vector<std::string> Choices(const std::string& allowed) {
  std::vector<std::string> choices;
  std::string choice;
  for (const char c : allowed + ",") {
    if (c == ' ') continue;
    if (c != ',' && c != '+') {
      choice += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (!choice.empty()) choices.push_back(choice);
    choice.clear();
  }
  return choices;
}

// Whether it is "eu", "adequacy", or looks like the name of a region.
bool MakesSense(const std::string& choice) {
  return choice == "eu" || choice == "adequacy" || choice.find('-') != std::string::npos;
}

bool Admits(const std::string& choice, const std::string& name, const std::optional<Region>& region) {
  if (choice == name) return true;
  if (!region) return false;
  return choice == "eu" ? region->group == "eu" || region->group == "eea"
                        : choice == region->group && choice != "other";
}

std::string WhereIs(const std::string& name, const std::optional<Region>& region) {
  if (!region) return name + ", which is in no list of regions here";
  std::string text = name + " (" + region->place + ", " + region->country + ")";
  if (region->group == "adequacy") text += ", not in the EU: " + region->note;
  if (region->group == "other") text += ", outside the EU and the EEA";
  return text;
}

}  // namespace

std::optional<Region> FindRegionNamed(const std::string& name) {
  std::istringstream table(kRegionTable);
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    Region region;
    if (!std::getline(fields, region.name, ',') || region.name != name) continue;
    std::getline(fields, region.place, ',');
    std::getline(fields, region.country, ',');
    std::getline(fields, region.group, ',');
    std::getline(fields, region.note);
    return region;
  }
  return std::nullopt;
}

std::string AllowedRegions(const std::string& allowed) {
  return !allowed.empty() ? allowed : EnvironmentVariable("COULIS_ALLOW_REGIONS");
}

Result<void> CheckRegion(const std::string& bucket, const std::string& name, const std::string& allowed) {
  const std::string in_force = AllowedRegions(allowed);
  const std::vector<std::string> choices = Choices(in_force);
  if (choices.empty()) return {};
  for (const std::string& choice : choices) {
    if (MakesSense(choice)) continue;
    return Error{ErrorCode::kInvalidArgument,
                 "--allow-region takes eu, eu+adequacy and names of regions "
                 "(eu-west-3), not \"" +
                     PathText(choice) + "\""};
  }
  const std::optional<Region> region = FindRegionNamed(name);
  const bool admitted = std::any_of(choices.begin(), choices.end(),
                                    [&](const std::string& choice) { return Admits(choice, name, region); });
  if (admitted) return {};
  const std::string way_out = region && region->group == "adequacy" ? "--allow-region eu+adequacy admits it"
                                                                    : "--allow-region " + name + " admits it";
  return Error{ErrorCode::kInvalidArgument, "bucket " + bucket + " lies in " + WhereIs(name, region) +
                                                "; allowed is " + PathText(in_force) + ": " + way_out};
}

}  // namespace coulis
