// Where a bucket may lie: the guard of --allow-region.
#pragma once

#include <optional>
#include <string>

#include "coulis/result.h"

namespace coulis {

/// A line of regions.csv.
struct Region {
  std::string name;     ///< "eu-west-3"
  std::string place;    ///< "Paris"
  std::string country;  ///< ISO 3166: "FR"
  std::string group;    ///< "eu", "eea", "adequacy" or "other".
  std::string note;     ///< May be empty.
};

/// Nothing for a region that the table does not know.
[[nodiscard]] std::optional<Region> FindRegionNamed(const std::string& name);

/// `allowed`: "eu" (EU and EEA), "adequacy" (countries that the Commission has found to protect data as well)
/// and names of regions, separated by "," or "+"; empty: the environment's COULIS_ALLOW_REGIONS; empty as
/// well: any. Errors: kInvalidArgument (the region of that name is not allowed, or `allowed` makes no sense);
/// the message says why and what would admit it.
[[nodiscard]] Result<void> CheckRegion(const std::string& bucket, const std::string& name,
                                       const std::string& allowed);

/// The choice in force, as CheckRegion reads it; empty: any region.
[[nodiscard]] std::string AllowedRegions(const std::string& allowed);

}  // namespace coulis
