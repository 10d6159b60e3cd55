#include "cloud/price_list.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/path_text.h"

namespace coulis::cloud {
namespace {

constexpr std::array kNeeded = {"TermType", "StartingRange", "Unit",     "PricePerUnit",
                                "Currency", "usageType",     "operation"};
constexpr const char* kSoftware = "Software Type";
constexpr std::size_t kDateLength = 10;

Error Strange(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what + ": AWS may have changed the form of its price lists"};
}

}  // namespace

PriceList::PriceList(std::vector<WantedPrice> wanted)
    : records_([this](std::span<const std::string> record) { return Take(record); }) {
  for (WantedPrice& one : wanted) {
    std::string usage = one.usage;
    wanted_.emplace(std::move(usage), std::move(one));
  }
}

Result<void> PriceList::End() {
  if (Result<void> ended = records_.End(); !ended) return ended;
  if (columns_.empty()) return Strange("no line with the names of columns");
  return {};
}

Result<void> PriceList::Take(std::span<const std::string> record) {
  if (columns_.empty()) {
    if (record.size() == 2) {
      if (record[0] == "Publication Date") published_ = record[1].substr(0, kDateLength);
      return {};
    }
    return TakeHeader(record);
  }
  if (record.size() != columns_.size()) return Strange("a line with another number of columns");
  // us-east-1 has no prefix; of the others none holds a hyphen.
  const std::string& usage = record[columns_["usageType"]];
  auto wanted = wanted_.find(usage);
  if (wanted == wanted_.end()) wanted = wanted_.find(usage.substr(usage.find('-') + 1));
  return wanted == wanted_.end() ? Result<void>() : TakePrice(record, wanted->second);
}

Result<void> PriceList::TakeHeader(std::span<const std::string> record) {
  for (std::size_t column = 0; column < record.size(); ++column) columns_[record[column]] = column;
  for (const char* needed : kNeeded) {
    if (!columns_.contains(needed)) return Strange("no column " + std::string(needed));
  }
  if (columns_.size() != record.size()) return Strange("two columns of one name");
  return {};
}

Result<void> PriceList::TakePrice(std::span<const std::string> record, const WantedPrice& wanted) {
  const auto is = [&](const char* column, const std::string& value) {
    return record[columns_[column]] == value;
  };
  if (!is("TermType", "OnDemand") || !is("StartingRange", "0")) return {};
  if (!wanted.unit.empty() && !is("Unit", wanted.unit)) return {};
  if (!wanted.operation.empty() && !is("operation", wanted.operation)) return {};
  if (!wanted.software.empty() && columns_.contains(kSoftware) && !is(kSoftware, wanted.software)) return {};
  const std::string& text = record[columns_["PricePerUnit"]];
  const std::string& usage = record[columns_["usageType"]];
  double dollars = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), dollars);
  if (failure != std::errc() || end != text.data() + text.size() || !is("Currency", "USD")) {
    return Strange("the price of " + PathText(usage) + " is \"" + PathText(text) + "\"");
  }
  if (!(dollars > 0)) return {};  // Of reservations and free tiers.
  const auto [known, added] = prices_.try_emplace(wanted.item, ListedPrice{dollars * wanted.factor, usage});
  if (added || known->second.dollars == dollars * wanted.factor) return {};
  return Strange("two prices of " + PathText(usage));
}

}  // namespace coulis::cloud
