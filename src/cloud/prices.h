// deploy/aws/prices.csv, or a file of the same form.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coulis/result.h"

namespace coulis::cloud {

/// Prices in US dollars by region and item ("ec2:m5.xlarge"; see the head of the file).
class Prices {
 public:
  /// Errors: kInvalidArgument; the message names the line.
  [[nodiscard]] static Result<Prices> Parse(const std::string& text);

  /// The built-in file when `file` is empty. Errors: also kNotFound, kIo.
  [[nodiscard]] static Result<Prices> Read(const std::filesystem::path& file);

  /// Of the region, else of all regions ("*").
  [[nodiscard]] std::optional<double> Find(const std::string& region, const std::string& item) const;

  [[nodiscard]] const std::string& date() const { return date_; }
  /// All but "*".
  [[nodiscard]] std::set<std::string> Regions() const;
  /// The instance types that have prices on demand.
  [[nodiscard]] std::set<std::string> Instances() const;
  /// Kinds of items whose source says NOT VERIFIED, and where: "emr" (in all regions), "gp3 (eu-south-1)".
  [[nodiscard]] std::vector<std::string> Unverified() const;

 private:
  struct Price {
    double dollars = 0;
    bool verified = true;
  };
  [[nodiscard]] const Price* Look(const std::string& region, const std::string& item) const;

  std::string date_;
  std::map<std::pair<std::string, std::string>, Price> prices_;  // By region and item.
};

/// The file as it is; the built-in one when `file` is empty. Errors: kNotFound.
[[nodiscard]] Result<std::string> PricesText(const std::filesystem::path& file);

}  // namespace coulis::cloud
