#include "base/path_text.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace coulis {
namespace {

TEST(PathText, OrdinaryNamesStayAsTheyAre) {
  for (const char* name :
       {"a.jpg", "Äpfel/größe 1.png", "日本/写真.webp", "a \"b\"\n'c'.jpg", "back\\slash.jpg"}) {
    EXPECT_EQ(PathText(name), name);
    EXPECT_EQ(PathBytes(name), name);
  }
}

TEST(PathText, BytesThatAreNotUtf8BecomeHex) {
  EXPECT_EQ(PathText("caf\xe9.jpg"), "caf\\xe9.jpg");
  EXPECT_EQ(PathText("caf\xe9\\1.jpg"), "caf\\xe9\\\\1.jpg");
}

TEST(PathText, ALiteralEscapeIsToldApartFromAnEscapedByte) {
  EXPECT_EQ(PathText("caf\\xe9.jpg"), "caf\\\\xe9.jpg");
  EXPECT_NE(PathText("caf\\xe9.jpg"), PathText("caf\xe9.jpg"));
}

TEST(PathText, IsReversibleAndUtf8ForAnyBytes) {
  std::mt19937 random(7);
  const std::string alphabet = std::string("ax\\9e/") + "\xc3\xa9\xff\xed\xa0\x80\xf0\x9f";
  std::set<std::string> names;
  std::set<std::string> texts;
  for (int i = 0; i < 20000; ++i) {
    std::string name;
    for (std::size_t n = random() % 9; n > 0; --n) name += alphabet[random() % alphabet.size()];
    const std::string text = PathText(name);
    EXPECT_TRUE(IsUtf8(text));
    EXPECT_EQ(PathBytes(text), name);
    names.insert(name);
    texts.insert(text);
  }
  EXPECT_EQ(names.size(), texts.size());
}

TEST(IsUtf8, RefusesOverlongSurrogateAndCutSequences) {
  for (const char* bytes :
       {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    EXPECT_FALSE(IsUtf8(bytes));
  }
  EXPECT_TRUE(IsUtf8("\xed\x9f\xbf\xf4\x8f\xbf\xbf"));
}

}  // namespace
}  // namespace coulis
