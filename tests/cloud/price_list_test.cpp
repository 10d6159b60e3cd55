#include "cloud/price_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coulis::cloud {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> RecordsOf(const std::string& text, std::size_t piece) {
  std::vector<std::vector<std::string>> records;
  CsvRecords reader([&](std::span<const std::string> record) {
    records.emplace_back(record.begin(), record.end());
    return Result<void>();
  });
  for (std::size_t at = 0; at < text.size(); at += piece) {
    EXPECT_TRUE(reader.Feed(std::string_view(text).substr(at, piece)).ok());
  }
  EXPECT_TRUE(reader.End().ok());
  return records;
}

TEST(CsvRecordsTest, PiecesOfAnySizeGiveTheSameRecords) {
  const std::string text = "\"a, b\",\"say \"\"x\"\"\nand go\",,\"\"\r\n\nplain,\n\"last\"";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_THAT(RecordsOf(text, piece), ElementsAre(ElementsAre("a, b", "say \"x\"\nand go", "", ""),
                                                    ElementsAre("plain", ""), ElementsAre("last")))
        << piece;
  }
}

TEST(CsvRecordsTest, WhatEndsWithinQuotesOrNeverEndsIsAnError) {
  CsvRecords cut([](std::span<const std::string>) { return Result<void>(); });
  ASSERT_TRUE(cut.Feed("a,\"b").ok());
  EXPECT_FALSE(cut.End().ok());
  CsvRecords endless([](std::span<const std::string>) { return Result<void>(); });
  EXPECT_FALSE(endless.Feed(std::string(CsvRecords::kMostBytes + 1, 'x')).ok());
}

const std::string kHead =
    "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"For information, only\"\n"
    "\"Publication "
    "Date\",\"2026-10-08T17:45:21Z\"\n\"Version\",\"20261008174521\"\n\"OfferCode\",\"AmazonEC2\"\n";
const std::string kColumns =
    "\"TermType\",\"StartingRange\",\"Unit\",\"PricePerUnit\",\"Currency\",\"usageType\",\"operation\","
    "\"Software "
    "Type\"\n";

std::string Row(const std::string& usage, const std::string& dollars, const std::string& operation = "",
                const std::string& software = "", const std::string& term = "OnDemand",
                const std::string& from = "0") {
  return "\"" + term + "\",\"" + from + "\",\"Hrs\",\"" + dollars + "\",\"USD\",\"" + usage + "\",\"" +
         operation + "\",\"" + software + "\"\n";
}

Result<std::map<std::string, ListedPrice>> Read(const std::string& text) {
  PriceList list({{"nat", "NatGateway-Hours", "Hrs", "NatGateway", "", 1},
                  {"emr:m5.xlarge", "BoxUsage:m5.xlarge", "Hrs", "", "EMR", 1},
                  {"s3-put", "Requests-Tier1", "Hrs", "", "", 1000}});
  Result<void> read = list.Feed(text);
  if (read) read = list.End();
  if (!read) return read.error();
  EXPECT_EQ(list.published(), "2026-10-08");
  return list.prices();
}

TEST(PriceListTest, TakesTheFirstTierOnDemandOfTheVeryLine) {
  const auto prices = Read(kHead + kColumns + Row("EUW3-RegionalNatGateway-Hours", "9", "NatGateway") +
                           Row("EUW3-NatGateway-Hours", "8", "NatGateway", "", "Reserved") +
                           Row("EUW3-NatGateway-Hours", "7", "NatGateway", "", "OnDemand", "100") +
                           Row("EUW3-NatGateway-Hours", "6", "Other") +
                           Row("EUW3-NatGateway-Hours", "0.0500000000", "NatGateway") +
                           Row("EUW3-BoxUsage:m5.xlarge", "5", "", "MapR") +
                           Row("EUW3-BoxUsage:m5.xlarge", "0.0480000000", "", "EMR") +
                           Row("EUW3-Requests-Tier1", "0.0000053000"));
  ASSERT_TRUE(prices.ok()) << prices.error().message;
  EXPECT_DOUBLE_EQ(prices->at("nat").dollars, 0.05);
  EXPECT_EQ(prices->at("nat").usage_type, "EUW3-NatGateway-Hours");
  EXPECT_DOUBLE_EQ(prices->at("emr:m5.xlarge").dollars, 0.048);
  EXPECT_DOUBLE_EQ(prices->at("s3-put").dollars, 0.0053);
}

TEST(PriceListTest, WhatIsNoSuchListIsAnError) {
  const auto said = [](const std::string& text) { return Read(text).error().message; };
  EXPECT_THAT(said(kHead), HasSubstr("names of columns"));
  EXPECT_THAT(said(kHead + "\"a\",\"b\",\"c\"\n"), HasSubstr("no column TermType"));
  EXPECT_THAT(said(kHead + kColumns + "\"OnDemand\",\"0\"\n"), HasSubstr("number of columns"));
  EXPECT_THAT(said(kHead + kColumns + Row("EU-Requests-Tier1", "free")), HasSubstr("\"free\""));
  EXPECT_THAT(said(kHead + kColumns + Row("EU-Requests-Tier1", "1") + Row("EU-Requests-Tier1", "2")),
              HasSubstr("two prices"));
}

}  // namespace
}  // namespace coulis::cloud
