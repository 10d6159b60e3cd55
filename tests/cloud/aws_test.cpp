#include "cloud/aws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/aws_errors.h"
#include "cloud/aws_time.h"
#include "cloud/region_rule.h"

namespace coulis::cloud {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ShellLineTest, WordsThatAShellWouldChangeAreQuoted) {
  EXPECT_EQ(ShellLine({"aws", "s3", "cp", "a b", "it's", "", "$HOME", "*"}),
            R"(aws s3 cp 'a b' 'it'\''s' '' '$HOME' '*')");
}

TEST(ShellLineTest, OurVariablesAloneAreFilledIn) {
  EXPECT_EQ(ShellLine({"s3://${bucket}/$HOME `x` \"y\" \\"}, {"bucket"}),
            R"("s3://${bucket}/\$HOME \`x\` \"y\" \\")");
  EXPECT_EQ(ShellLine({"${other}"}, {"bucket"}), "'${other}'");
}

TEST(AwsTest, DryRunPrintsAndHandsOnTheVariable) {
  std::vector<std::string> lines;
  CloudOptions options;
  options.dry_run = true;
  options.profile = "fruits";
  options.print = [&](const std::string& line) { lines.push_back(line); };
  Aws aws(options);
  const Result<std::string> bucket = aws.Ask("bucket", {"s3", "which"}, "A");
  ASSERT_TRUE(bucket.ok());
  ASSERT_TRUE(aws.Run({"s3", "ls", "s3://" + *bucket}).ok());
  EXPECT_THAT(
      lines, ElementsAre("bucket=$(aws s3 which --query A --output text --region eu-west-3 --profile fruits)",
                         "aws s3 ls \"s3://${bucket}\" --region eu-west-3 --profile fruits"));
}

TEST(AwsErrorsTest, LastLineIsGivenWithAdvice) {
  const CloudOptions options;
  const Error error = ExplainFailure("warning\nAn error occurred (ExpiredToken): expired.\n\n", options);
  EXPECT_THAT(error.message, HasSubstr("An error occurred (ExpiredToken): expired: log in again"));
  EXPECT_EQ(ExplainFailure("\n", options).message, "AWS: no message");
}

TEST(AwsTimeTest, BothVersionsOfTheCommandAreRead) {
  EXPECT_EQ(SecondsOf("1970-01-02T01:00:00.5+01:00"), 86400.5);
  EXPECT_EQ(SecondsOf("1970-01-01T00:00:10Z"), 10.0);
  EXPECT_EQ(SecondsOf("1969-12-31T22:00:00-02:00"), 0.0);
  EXPECT_EQ(SecondsOf(12.5), 12.5);
  EXPECT_EQ(SecondsOf("yesterday"), std::nullopt);
  EXPECT_EQ(SecondsOf("1970-13-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(SecondsOf(nlohmann::json()), std::nullopt);
}

TEST(RegionRuleTest, EeaAloneIsAllowed) {
  for (const char* region :
       {"eu-west-3", "eu-north-1", "eu-west-1", "eu-central-1", "eu-south-1", "eu-south-2"}) {
    EXPECT_TRUE(CheckCloudRegion(region).ok()) << region;
  }
  for (const char* region : {"eu-west-2", "eu-central-2", "us-east-1", "", "eu-west", "eusc-de-east-1"}) {
    EXPECT_FALSE(CheckCloudRegion(region).ok()) << region;
  }
  EXPECT_THAT(CheckCloudRegion("eu-west-2").error().message, HasSubstr("London, GB"));
}

}  // namespace
}  // namespace coulis::cloud
