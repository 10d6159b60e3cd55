// The lists of prices that AWS publishes for each service and region, as CSV: five lines about the list, one
// with the names of the columns, then a line for each price. Their form: AWS Billing User Guide, "Reading the
// service price list files".
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/csv_records.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// A price on demand to look for.
struct WantedPrice {
  std::string item;       ///< As in prices.csv: "gp3".
  std::string usage;      ///< The usageType without the region's prefix: "EBS:VolumeUsage.gp3".
  std::string unit;       ///< "GB-Mo"; empty: any.
  std::string operation;  ///< "RunInstances" is Linux without further software; empty: any.
  std::string software;   ///< The "Software Type", where the list has that column; empty: any.
  double factor = 1;      ///< From the list's unit to that of prices.csv.
};

/// What the list says of it.
struct ListedPrice {
  double dollars = 0;
  std::string usage_type;  ///< "EUW3-EBS:VolumeUsage.gp3"
};

/// Reads a list as it arrives. Not thread-safe.
class PriceList {
 public:
  explicit PriceList(std::vector<WantedPrice> wanted);

  /// Errors: kInvalidArgument: not such a list, or two prices for one item.
  [[nodiscard]] Result<void> Feed(std::string_view bytes) { return records_.Feed(bytes); }
  /// After the last piece. Errors: as Feed; kInvalidArgument when there was no line with the columns.
  [[nodiscard]] Result<void> End();

  /// "2026-10-08"
  [[nodiscard]] const std::string& published() const { return published_; }
  /// By item; what the list does not have is missing.
  [[nodiscard]] const std::map<std::string, ListedPrice>& prices() const { return prices_; }

 private:
  [[nodiscard]] Result<void> Take(std::span<const std::string> record);
  [[nodiscard]] Result<void> TakeHeader(std::span<const std::string> record);
  [[nodiscard]] Result<void> TakePrice(std::span<const std::string> record, const WantedPrice& wanted);

  std::map<std::string, WantedPrice> wanted_;  // By usage.
  CsvRecords records_;
  std::map<std::string, std::size_t> columns_;  // Empty before the header.
  std::string published_;
  std::map<std::string, ListedPrice> prices_;
};

}  // namespace coulis::cloud
