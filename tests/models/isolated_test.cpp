#include "models/isolated.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace coulis::models {
namespace {

TEST(RunIsolated, AnswersAndErrorsComeBack) {
  const std::string long_text(10'000'000, 'x');
  for (const std::string& text : {std::string(), std::string("a\0b", 3), long_text}) {
    const Result<std::string> answer = RunIsolated([&]() -> Result<std::string> { return text; });
    ASSERT_TRUE(answer);
    EXPECT_TRUE(*answer == text);
  }
  const Result<std::string> error =
      RunIsolated([]() -> Result<std::string> { return Error{ErrorCode::kNotFound, "nothing there"}; });
  EXPECT_EQ(error.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(error.error().message, "nothing there");
}

TEST(RunIsolated, CrashIsAnError) {
  const Result<std::string> crashed = RunIsolated([]() -> Result<std::string> { std::abort(); });
  ASSERT_FALSE(crashed);
  EXPECT_EQ(crashed.error().code, ErrorCode::kBadModel);
}

TEST(RunIsolated, NothingIsChangedHere) {
  int value = 1;
  ASSERT_TRUE(RunIsolated([&]() -> Result<std::string> { return std::to_string(value = 2); }));
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace coulis::models
