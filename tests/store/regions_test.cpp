#include "store/regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace coulis {
namespace {

using ::testing::HasSubstr;

TEST(Regions, OfTheUnionAreAdmittedByEu) {
  for (const char* name :
       {"eu-west-1", "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2"}) {
    EXPECT_TRUE(CheckRegion("b", name, "eu")) << name;
    EXPECT_EQ(FindRegionNamed(name)->group, "eu");
  }
}

TEST(Regions, LondonAndZurichAreNotInTheUnionAndTheMessageSaysWhy) {
  for (const auto& [name, country] :
       {std::pair("eu-west-2", "United Kingdom"), std::pair("eu-central-2", "Switzerland")}) {
    const Result<void> refused = CheckRegion("fruits", name, "eu");
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(refused.error().message, HasSubstr(country));
    EXPECT_THAT(refused.error().message, HasSubstr("eu+adequacy admits"));
    EXPECT_TRUE(CheckRegion("fruits", name, "eu+adequacy"));
    EXPECT_TRUE(CheckRegion("fruits", name, std::string("eu, ") + name));
  }
}

TEST(Regions, OthersNeedTheirName) {
  EXPECT_FALSE(CheckRegion("b", "us-east-1", "eu+adequacy"));
  EXPECT_FALSE(CheckRegion("b", "us-east-1", "other"));
  EXPECT_FALSE(CheckRegion("b", "garage", "eu"));
  EXPECT_TRUE(CheckRegion("b", "us-east-1", "us-east-1,eu"));
  EXPECT_TRUE(CheckRegion("b", "local-1", "local-1"));
  EXPECT_THAT(CheckRegion("b", "eu-west-3", "europe").error().message, HasSubstr("--allow-region takes"));
}

TEST(Regions, TheEnvironmentSpeaksWhereTheOptionDoesNot) {
  ::unsetenv("COULIS_ALLOW_REGIONS");
  EXPECT_TRUE(CheckRegion("b", "us-east-1", ""));
  ::setenv("COULIS_ALLOW_REGIONS", "eu", 1);
  EXPECT_FALSE(CheckRegion("b", "us-east-1", ""));
  EXPECT_TRUE(CheckRegion("b", "us-east-1", "us-east-1"));
  ::unsetenv("COULIS_ALLOW_REGIONS");
}

}  // namespace
}  // namespace coulis
