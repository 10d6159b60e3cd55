#include "pipeline/row_matcher.h"

#include <gtest/gtest.h>

namespace coulis {
namespace {

std::string Path(int number) {
  return "label/photo_" + std::to_string(number) + ".jpg";
}

void AddFeatures(RowMatcher& matcher, int number, bool good = true) {
  ASSERT_TRUE(matcher.AddFeatures(Path(number), "a", good));
}

void AddPca(RowMatcher& matcher, int number, const char* label = "a") {
  ASSERT_TRUE(matcher.AddPca(Path(number), label));
}

RowMismatches Finish(RowMatcher& matcher) {
  Result<RowMismatches> found = matcher.Finish();
  EXPECT_TRUE(found) << found.error().message;
  return found ? *found : RowMismatches();
}

TEST(RowMatcher, NothingIsWrongWithRowsThatBelongTogether) {
  RowMatcher matcher;
  AddPca(matcher, 1);
  for (int i = 0; i < 5; ++i) AddFeatures(matcher, i, i < 2);
  AddPca(matcher, 0);
  const RowMismatches found = Finish(matcher);
  EXPECT_EQ(found.duplicates, 0);
  EXPECT_EQ(found.missing, 0);
  EXPECT_EQ(found.strangers, 0);
  EXPECT_EQ(found.other_labels, 0);
}

TEST(RowMatcher, NoRowsAreFine) {
  RowMatcher matcher;
  EXPECT_EQ(Finish(matcher).missing, 0);
}

TEST(RowMatcher, EveryKindOfMismatchIsCounted) {
  RowMatcher matcher;
  AddFeatures(matcher, 1);
  AddFeatures(matcher, 1);
  AddFeatures(matcher, 1, /*good=*/false);
  AddPca(matcher, 1);       // Two duplicates.
  AddFeatures(matcher, 2);  // Missing.
  AddFeatures(matcher, 3, /*good=*/false);
  AddPca(matcher, 3);  // Bad rows have no projection: a stranger.
  AddPca(matcher, 4);  // Another.
  AddFeatures(matcher, 5);
  AddPca(matcher, 5);
  AddPca(matcher, 5);  // And one that comes twice.
  AddFeatures(matcher, 6);
  AddPca(matcher, 6, "b");
  const RowMismatches found = Finish(matcher);
  EXPECT_EQ(found.duplicates, 2);
  EXPECT_EQ(found.missing, 1);
  EXPECT_EQ(found.strangers, 3);
  EXPECT_EQ(found.other_labels, 1);
}

TEST(RowMatcher, MoreRowsThanMemoryHoldsAreMatchedTheSame) {
  constexpr int kRows = static_cast<int>(RowMatcher::kMostInMemory) * 5 / 4;
  RowMatcher matcher;
  for (int i = 0; i < kRows; ++i) AddFeatures(matcher, i);
  AddFeatures(matcher, 7);
  for (int i = kRows - 1; i >= 10; --i) AddPca(matcher, i, i == 100 ? "b" : "a");
  AddPca(matcher, kRows);
  const RowMismatches found = Finish(matcher);
  EXPECT_EQ(found.duplicates, 1);
  EXPECT_EQ(found.missing, 10);
  EXPECT_EQ(found.strangers, 1);
  EXPECT_EQ(found.other_labels, 1);
}

}  // namespace
}  // namespace coulis
