#include "store/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "scratch_folder.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;

// path → label of everything found
std::map<std::string, std::string> ListAll(Listing& listing) {
  std::map<std::string, std::string> found;
  while (true) {
    const Result<std::optional<ImageFile>> next = listing.Next();
    EXPECT_TRUE(next) << next.error().message;
    if (!next || !*next) break;
    const ImageFile& image = **next;
    EXPECT_FALSE(image.error) << image.error->message;
    EXPECT_TRUE(found.emplace(image.path, image.label).second) << image.path << " was found twice";
  }
  return found;
}

std::map<std::string, std::string> List(const std::vector<std::string>& inputs,
                                        const std::vector<std::string>& globs = {"*.jpg"}) {
  Result<Listing> listing = Listing::Open(inputs, globs);
  EXPECT_TRUE(listing) << listing.error().message;
  return ListAll(*listing);
}

TEST(Listing, FindsImagesBelowTheFolderWithTheirParentAsLabel) {
  const ScratchFolder folder;
  folder.Write("in/a/1.jpg");
  folder.Write("in/a/deep/2.JPG");
  folder.Write("in/3.jpg");
  folder.Write("in/notes.txt");
  EXPECT_THAT(List({folder / "in"}),
              ElementsAre(Pair("3.jpg", "in"), Pair("a/1.jpg", "a"), Pair("a/deep/2.JPG", "deep")));
}

TEST(Listing, AFolderNamedLikeAnImageIsSearched) {
  const ScratchFolder folder;
  folder.Write("x.jpg/1.jpg");
  EXPECT_THAT(List({folder.path()}), ElementsAre(Pair("x.jpg/1.jpg", "x.jpg")));
}

TEST(Listing, CountsWhatItPassesOver) {
  const ScratchFolder folder;
  folder.Write("1.jpg");
  folder.Write("2.txt");
  folder.Write(".hidden.jpg");
  Result<Listing> listing = Listing::Open({folder.path()}, {"*.jpg"});
  ASSERT_TRUE(listing);
  EXPECT_THAT(ListAll(*listing), ElementsAre(Key("1.jpg")));
  EXPECT_EQ(listing->ignored(), 2);
}

TEST(Listing, SymbolicLinksAreFollowedAndLoopsEnd) {
  const ScratchFolder folder;
  folder.Write("in/1.jpg");
  folder.Write("elsewhere/2.jpg");
  fs::create_directory_symlink(folder / "in", folder / "in/up");
  fs::create_directory_symlink("loop", folder / "in/loop");
  fs::create_directory_symlink(folder / "elsewhere", folder / "in/other");
  EXPECT_THAT(List({folder / "in"}), ElementsAre(Key("1.jpg"), Key("other/2.jpg")));
}

TEST(Listing, ALinkToNothingIsARowIfItIsNamedLikeAnImage) {
  const ScratchFolder folder;
  fs::create_symlink("gone", folder / "a.jpg");
  fs::create_symlink("b.jpg", folder / "b.jpg");
  fs::create_symlink("gone", folder / "c.txt");
  EXPECT_THAT(List({folder.path()}), ElementsAre(Key("a.jpg"), Key("b.jpg")));
}

TEST(Listing, NamesNeedNotBeUtf8) {
  const ScratchFolder folder;
  folder.Write("caf\xe9/1 \"2\"\n3.jpg");
  EXPECT_THAT(List({folder.path()}), ElementsAre(Pair("caf\\xe9/1 \"2\"\n3.jpg", "caf\\xe9")));
}

TEST(Listing, AGlobWithASlashIsHeldAgainstThePath) {
  const ScratchFolder folder;
  folder.Write("a/1.jpg");
  folder.Write("b/1.jpg");
  EXPECT_THAT(List({folder.path()}, {"a/*"}), ElementsAre(Key("a/1.jpg")));
}

TEST(Listing, AFileNamedAsInputNeedsNoGlob) {
  const ScratchFolder folder;
  const fs::path file = folder.Write("fruit/photo.data");
  EXPECT_THAT(List({file}), ElementsAre(Pair("photo.data", "fruit")));
}

TEST(Listing, SeveralInputsGiveWholePaths) {
  const ScratchFolder folder;
  const fs::path a = folder.Write("a/1.jpg");
  const fs::path b = folder.Write("b/1.jpg");
  EXPECT_THAT(List({folder / "a", folder / "b"}), ElementsAre(Key(fs::canonical(a)), Key(fs::canonical(b))));
}

TEST(Listing, AnInputInsideAnotherIsRefused) {
  const ScratchFolder folder;
  folder.Write("a/1.jpg");
  const Result<Listing> listing = Listing::Open({folder.path(), folder / "a"}, {"*.jpg"});
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().code, ErrorCode::kInvalidArgument);
}

TEST(Listing, AMissingInputIsAnError) {
  const Result<Listing> listing = Listing::Open({"/no/such/folder"}, {"*.jpg"});
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(listing.error().message, HasSubstr("/no/such/folder"));
}

TEST(Listing, AnEmptyFolderGivesNothing) {
  const ScratchFolder folder;
  EXPECT_THAT(List({folder.path()}), IsEmpty());
}

}  // namespace
}  // namespace coulis
