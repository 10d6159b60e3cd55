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
  /// Kinds of items ("gp3") of which a source says NOT VERIFIED.
  [[nodiscard]] const std::set<std::string>& unverified() const { return unverified_; }

 private:
  std::string date_;
  std::map<std::pair<std::string, std::string>, double> dollars_;
  std::set<std::string> unverified_;
};

}  // namespace coulis::cloud
