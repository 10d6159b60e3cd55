#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "cloud/measured_speed.h"
#include "coulis/cloud.h"
#include "scratch_folder.h"

namespace coulis {
namespace {

using testing::HasSubstr;

RegionCost In(const CostEstimate& estimate, const std::string& region) {
  const auto found = std::find_if(estimate.regions.begin(), estimate.regions.end(),
                                  [&](const RegionCost& cost) { return cost.region == region; });
  return found == estimate.regions.end() ? RegionCost{} : *found;
}

// What the chain that Coulis replaces had on a slide: m5.xlarge on demand, EC2 alone.
TEST(CostTest, PricesOfTheSlideAreReproduced) {
  const Result<CostEstimate> estimate = EstimateCost({});
  ASSERT_TRUE(estimate.ok());
  for (const auto& [region, dollars] : std::map<std::string, double>{{"eu-west-3", 0.224},
                                                                     {"eu-north-1", 0.204},
                                                                     {"eu-west-1", 0.214},
                                                                     {"eu-west-2", 0.222},
                                                                     {"eu-central-1", 0.230}}) {
    EXPECT_DOUBLE_EQ(In(*estimate, region).ec2_hour, dollars) << region;
  }
}

TEST(CostTest, EeaIsWhatTheTableOfRegionsSays) {
  const Result<CostEstimate> estimate = EstimateCost({});
  ASSERT_TRUE(estimate.ok());
  EXPECT_TRUE(In(*estimate, "eu-west-3").in_eea);
  EXPECT_FALSE(In(*estimate, "eu-west-2").in_eea);
  EXPECT_EQ(In(*estimate, "eu-west-2").place, "London");
}

TEST(CostTest, JobIsAllNodesAndTheRestForTheHoursAndRequests) {
  CostOptions options;
  options.images = 1'000'000;
  options.hours = 2;
  const Result<CostEstimate> estimate = EstimateCost(options);
  ASSERT_TRUE(estimate.ok());
  const RegionCost paris = In(*estimate, "eu-west-3");
  const double requests = 1000 * 0.00042 + 1 * 0.0053;
  EXPECT_NEAR(paris.job, 2 * (3 * (0.224 + 0.048) + paris.other_hour) + requests, 1e-9);
  EXPECT_NEAR(paris.other_hour, 3 * 64 * 0.0928 / 730 + 0.050, 1e-9);
}

TEST(CostTest, UploadIsARequestForEachImage) {
  CostOptions options;
  options.images = 1'000'000;
  const Result<CostEstimate> estimate = EstimateCost(options);
  ASSERT_TRUE(estimate.ok());
  EXPECT_NEAR(In(*estimate, "eu-west-3").upload, 5.30, 1e-9);
}

TEST(CostTest, SpotReplacesThePriceOfComputingNodesAlone) {
  const Result<CostEstimate> estimate = EstimateCost({});
  ASSERT_TRUE(estimate.ok());
  const RegionCost paris = In(*estimate, "eu-west-3");
  const double hours = 1e6 / estimate->images_per_second / 3600;
  EXPECT_NEAR(paris.million - paris.spot_million.value_or(0), 2 * (0.224 - 0.0695) * hours, 1e-9);
}

TEST(CostTest, MoreNodesTakeLessTime) {
  CostOptions options;
  options.images = 1'000'000;
  const Result<CostEstimate> three = EstimateCost(options);
  options.nodes = 5;
  const Result<CostEstimate> five = EstimateCost(options);
  ASSERT_TRUE(three.ok() && five.ok());
  EXPECT_NEAR(2 * (five->hours - five->start_hours), three->hours - three->start_hours, 1e-9);
}

TEST(CostTest, OptionsThatMakeNoSenseAreNamed) {
  const auto said = [](auto change) {
    CostOptions options;
    change(options);
    const Result<CostEstimate> estimate = EstimateCost(options);
    return estimate ? "" : estimate.error().message;
  };
  EXPECT_THAT(said([](CostOptions& options) { options.images = 0; }), HasSubstr("--images"));
  EXPECT_THAT(said([](CostOptions& options) { options.nodes = 1; }), HasSubstr("--nodes"));
  EXPECT_THAT(said([](CostOptions& options) { options.hours = -1; }), HasSubstr("--hours"));
  EXPECT_THAT(said([](CostOptions& options) { options.instance = "z9"; }), HasSubstr("m5.xlarge"));
  EXPECT_THAT(said([](CostOptions& options) { options.precision = "f64"; }), HasSubstr("bf16"));
  EXPECT_THAT(said([](CostOptions& options) { options.prices = "/no/such/file"; }),
              HasSubstr("/no/such/file"));
}

class PricesFileTest : public testing::Test {
 protected:
  Result<CostEstimate> With(const std::string& text) {
    CostOptions options;
    options.prices = folder_.path() / "prices.csv";
    std::ofstream(options.prices) << text;
    return EstimateCost(options);
  }
  ScratchFolder folder_;
  std::string whole_ =
      "date,2030-01-01\nregion,item,unit,usd,source\neu-west-3,ec2:m5.xlarge,hour,1,x\n*,emr:m5.xlarge,hour,"
      "2,x\n"
      "*,vcpu:m5.xlarge,vCPU,4,x\n*,gp3,GB-month,0,x\n*,nat,hour,0,x\n*,s3-storage,GB-month,0,x\n*,s3-put,"
      "1000,0,x\n";
};

TEST_F(PricesFileTest, ReplacesTheBuiltInPrices) {
  const Result<CostEstimate> estimate =
      With(whole_ + "*,s3-get,1000,0,a source, with commas: NOT VERIFIED\n");
  ASSERT_TRUE(estimate.ok()) << estimate.error().message;
  EXPECT_EQ(estimate->prices_date, "2030-01-01");
  ASSERT_EQ(estimate->regions.size(), 1U);
  EXPECT_DOUBLE_EQ(estimate->regions[0].job, 3 * (1 + 2) * estimate->hours);
  EXPECT_EQ(estimate->unverified, std::vector<std::string>{"s3-get"});
}

TEST_F(PricesFileTest, WhatIsMissingOrDamagedIsNamed) {
  EXPECT_THAT(With(whole_).error().message, HasSubstr("eu-west-3 lack s3-get"));
  EXPECT_THAT(With(whole_ + "eu-west-3,nat,hour,free,x\n").error().message, HasSubstr("line 10"));
  EXPECT_THAT(With("region,item,unit,usd,source\n").error().message, HasSubstr("date,YYYY-MM-DD"));
}

constexpr const char* kTable =
    "name,task,images_per_second\ncoulis-f32,features,300\ncoulis-f32,features + PCA,200.5,1\n";

TEST(MeasuredSpeedTest, IsThatOfOneCoreAndNamesTheMachine) {
  const Result<cloud::MeasuredSpeed> speed = cloud::SpeedIn(
      kTable,
      "# Title\n\nWritten by `bench/compare`. 500 images (fruits), Fast, 4 cores, 8 GB of memory, Linux.\n",
      "f32");
  ASSERT_TRUE(speed.ok());
  EXPECT_DOUBLE_EQ(speed->per_core, 200.5 / 4);
  EXPECT_EQ(speed->measurement,
            "coulis-f32, features + PCA: 200.5 images/s, 500 images (fruits), Fast, 4 cores, 8 GB of memory "
            "(bench/results/comparison.md)");
}

TEST(MeasuredSpeedTest, WithoutAMachineOrARowIsAnError) {
  const std::string page = "Written by `bench/compare`. 5 images (x), Y, 2 cores, 1 GB of memory";
  EXPECT_EQ(cloud::SpeedIn(kTable, "", "f32").error().code, ErrorCode::kInternal);
  EXPECT_EQ(
      cloud::SpeedIn(kTable, "Written by `bench/compare`. 5 images, 1 GB of memory", "f32").error().code,
      ErrorCode::kInternal);
  EXPECT_THAT(cloud::SpeedIn(kTable, page, "int8").error().message, HasSubstr("int8"));
}

}  // namespace
}  // namespace coulis
