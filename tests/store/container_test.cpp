#include "store/container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <span>

#include "archive_files.h"
#include "scratch_folder.h"
#include "store/image_files.h"
#include "store/shard_writer.h"

namespace coulis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;
using ::testing::SizeIs;

class AContainer : public ::testing::Test {
 protected:
  // All members of a file with these bytes, in their order.
  std::vector<Member> Read(const std::string& bytes, const std::string& name = "shard.tar") {
    ImageFile file;
    file.file = folder_.Write(name, bytes);
    file.path = name;
    file.kind = FileKind::kContainer;
    file.prefix = name + "/";
    file.is_named = true;
    std::vector<Member> members;
    ignored_ = ReadImages(file, options_, [&](Member member) {
      members.push_back(std::move(member));
      return true;
    });
    return members;
  }

  // path → content, or "error: …"
  static std::map<std::string, std::string> Contents(const std::vector<Member>& members) {
    std::map<std::string, std::string> contents;
    for (const Member& member : members) {
      const bool is_new = contents.emplace(member.path, Content(member)).second;
      EXPECT_TRUE(is_new) << member.path << " came twice";
    }
    return contents;
  }

  static std::string Content(const Member& member) {
    if (!member.bytes) return "error: " + member.bytes.error().message;
    return {reinterpret_cast<const char*>(member.bytes->data()), member.bytes->size()};
  }

  static std::map<std::string, std::string> Labels(const std::vector<Member>& members) {
    std::map<std::string, std::string> labels;
    for (const Member& member : members) labels.emplace(member.path, member.label);
    return labels;
  }

  ScratchFolder folder_;
  ContainerOptions options_{.max_bytes = 1000, .patterns = NamePatterns({}), .image_column = "", .wish = {}};
  std::int64_t ignored_ = 0;
};

class Containers : public AContainer, public ::testing::WithParamInterface<TestArchive> {};

INSTANTIATE_TEST_SUITE_P(Formats, Containers,
                         ::testing::Values(TestArchive::kTar, TestArchive::kTarGz, TestArchive::kZip));

TEST_P(Containers, GiveTheirImagesInTheirOrder) {
  const auto members = Read(MakeArchive(GetParam(), {{"b/2.jpg", "two", ""},
                                                     {"./a//1.JPG", "one", ""},
                                                     {"notes.txt", "no image", ""},
                                                     {"a/.hidden.jpg", "hidden", ""},
                                                     {"3.png", "three", ""}}));
  ASSERT_THAT(members, SizeIs(3));
  EXPECT_EQ(members[0].path, "shard.tar/b/2.jpg");
  EXPECT_THAT(Contents(members),
              ElementsAre(Pair("shard.tar/3.png", "three"), Pair("shard.tar/a/1.JPG", "one"),
                          Pair("shard.tar/b/2.jpg", "two")));
  EXPECT_THAT(Labels(members), ElementsAre(Pair("shard.tar/3.png", "shard"), Pair("shard.tar/a/1.JPG", "a"),
                                           Pair("shard.tar/b/2.jpg", "b")));
  EXPECT_EQ(ignored_, 2);
}

TEST_P(Containers, NamesNeedNotBeAscii) {
  const auto members = Read(MakeArchive(GetParam(), {{"Äpfel/größe.jpg", "x", ""}, {"\xff.jpg", "y", ""}}));
  EXPECT_THAT(Contents(members),
              ElementsAre(Pair("shard.tar/\\xff.jpg", "y"), Pair("shard.tar/Äpfel/größe.jpg", "x")));
}

TEST_P(Containers, MembersThatLeadOutAreErrors) {
  const auto contents = Contents(Read(MakeArchive(
      GetParam(),
      {{"../1.jpg", "x", ""}, {"a/../../2.jpg", "x", ""}, {"/etc/3.jpg", "x", ""}, {"4.jpg", "x", ""}})));
  EXPECT_THAT(contents.at("shard.tar/../1.jpg"), HasSubstr("leads out"));
  EXPECT_THAT(contents.at("shard.tar/a/../../2.jpg"), HasSubstr("leads out"));
  EXPECT_THAT(contents.at("shard.tar//etc/3.jpg"), HasSubstr("leads out"));
  EXPECT_EQ(contents.at("shard.tar/4.jpg"), "x");
}

TEST_P(Containers, LargeMembersAndArchivesInsideAreErrors) {
  const auto contents = Contents(Read(MakeArchive(GetParam(), {{"large.jpg", std::string(1001, 'x'), ""},
                                                               {"fits.jpg", std::string(1000, 'x'), ""},
                                                               {"bomb.zip", "PK", ""}})));
  EXPECT_THAT(contents.at("shard.tar/large.jpg"), HasSubstr("more than the 1000 allowed (--max-bytes)"));
  EXPECT_THAT(contents.at("shard.tar/fits.jpg"), SizeIs(1000));
  EXPECT_THAT(contents.at("shard.tar/bomb.zip"), HasSubstr("archive inside of a container"));
}

TEST_P(Containers, APathComesOnce) {
  const auto contents = Contents(Read(MakeArchive(
      GetParam(), {{"1.jpg", "x", ""}, {"./1.jpg", "y", ""}, {"1.jpg#2", "", ""}, {"1.jpg", "z", ""}})));
  EXPECT_EQ(contents.at("shard.tar/1.jpg"), "x");
  EXPECT_THAT(contents.at("shard.tar/1.jpg#2"), HasSubstr("more than once"));
  EXPECT_THAT(contents.at("shard.tar/1.jpg#3"), HasSubstr("more than once"));
}

TEST_P(Containers, ThatAreCutOffGiveWhatWasBeforeAndSayHowMuch) {
  std::vector<TestMember> members;
  for (int i = 0; i < 9; ++i) {
    std::string content(900, ' ');  // that hardly compress
    for (std::size_t k = 0; k < content.size(); ++k)
      content[k] = static_cast<char>((k * k * 31 + k * 7 + static_cast<std::size_t>(i)) % 251);
    members.push_back({std::to_string(i) + ".jpg", content, ""});
  }
  const std::string whole = MakeArchive(GetParam(), members);
  for (const std::size_t size : {whole.size() / 4, whole.size() / 2, whole.size() - whole.size() / 3}) {
    const auto contents = Contents(Read(whole.substr(0, size)));
    ASSERT_TRUE(contents.contains("shard.tar/")) << size;
    EXPECT_THAT(contents.at("shard.tar/"),
                HasSubstr("cut off after " + std::to_string(contents.size() - 1) + " images"));
    for (const auto& [path, content] : contents) {
      if (path == "shard.tar/") continue;
      EXPECT_EQ(content, members[static_cast<std::size_t>(path[10] - '0')].content);
    }
  }
}

TEST_P(Containers, AWishPassesOverOrStops) {
  const std::string bytes = MakeArchive(
      GetParam(), {{"1.jpg", "x", ""}, {"2.jpg", "x", ""}, {"3.jpg", "x", ""}, {"4.jpg", "x", ""}});
  options_.wish = [](const std::string& path) {
    if (path == "shard.tar/2.jpg") return Wish::kPass;
    return path == "shard.tar/4.jpg" ? Wish::kStop : Wish::kTake;
  };
  EXPECT_THAT(Contents(Read(bytes)), ElementsAre(Key("shard.tar/1.jpg"), Key("shard.tar/3.jpg")));
}

TEST_P(Containers, PatternsChooseMembers) {
  options_.patterns = NamePatterns({"a/*.dat", "*.tar"});
  EXPECT_THAT(Contents(Read(
                  MakeArchive(GetParam(), {{"a/1.dat", "x", ""}, {"b/2.dat", "x", ""}, {"3.jpg", "x", ""}}))),
              ElementsAre(Key("shard.tar/a/1.dat")));
}

TEST_P(Containers, AreToldByContent) {
  const std::string bytes = MakeArchive(GetParam(), {{"1.jpg", "x", ""}});
  EXPECT_THAT(Contents(Read(bytes, "misnamed.zip")), ElementsAre(Pair("misnamed.zip/1.jpg", "x")));
}

TEST_F(AContainer, WithoutImagesGivesNothing) {
  for (const TestArchive kind : {TestArchive::kTar, TestArchive::kTarGz, TestArchive::kZip}) {
    EXPECT_THAT(Read(MakeArchive(kind, {})), IsEmpty());
  }
}

TEST_F(AContainer, CutOffBetweenMembersIsNotTakenForWhole) {
  const std::string whole =
      MakeArchive(TestArchive::kTar, {{"1.jpg", std::string(512, 'x'), ""}, {"2.jpg", "x", ""}});
  const auto contents = Contents(Read(whole.substr(0, 1024)));
  EXPECT_THAT(contents,
              ElementsAre(Pair("shard.tar/", HasSubstr("after 1 images: the blocks that mark the end")),
                          Key("shard.tar/1.jpg")));
}

TEST_F(AContainer, ADamagedHeaderEndsATar) {
  std::string bytes =
      MakeArchive(TestArchive::kTar, {{"1.jpg", "x", ""}, {"2.jpg", "x", ""}, {"3.jpg", "x", ""}});
  bytes[1024 + 5] ^= 1;
  EXPECT_THAT(Contents(Read(bytes)),
              ElementsAre(Pair("shard.tar/", HasSubstr("damaged or cut off after 1 images")),
                          Pair("shard.tar/1.jpg", "x")));
}

TEST_F(AContainer, AWrongChecksumInAZipIsAnErrorOfThatMember) {
  const std::string bytes = MakeArchive(TestArchive::kZip, {{"1.jpg", "content", ""}, {"2.jpg", "x", ""}});
  const std::size_t at = bytes.find("1.jpg") + 5;
  bool changed = false;
  for (std::size_t i = at; i < at + 60 && !changed; ++i) {
    std::string trial = bytes;
    trial[i] ^= 1;
    const auto contents = Contents(Read(trial));
    const auto found = contents.find("shard.tar/1.jpg");
    changed = found != contents.end() && found->second.starts_with("error: member is damaged") &&
              contents.contains("shard.tar/2.jpg");
  }
  EXPECT_TRUE(changed);
}

TEST_F(AContainer, LinksAreErrors) {
  const auto contents =
      Contents(Read(MakeArchive(TestArchive::kTar, {{"link.jpg", "", "/etc/passwd"}, {"1.jpg", "x", ""}})));
  EXPECT_THAT(contents.at("shard.tar/link.jpg"), HasSubstr("is a link"));
}

TEST_F(AContainer, WebDatasetLabelsComeBeforeFolders) {
  const auto labels = Labels(Read(MakeArchive(TestArchive::kTar, {{"a/1.cls", "7\n", ""},
                                                                  {"a/1.jpg", "x", ""},
                                                                  {"a/2.jpg", "x", ""},
                                                                  {"a/2.json", R"({"label": "plum"})", ""},
                                                                  {"a/2.txt", "a plum on a table", ""},
                                                                  {"a/3.left.jpg", "x", ""},
                                                                  {"a/3.right.png", "x", ""},
                                                                  {"a/3.cls", "kiwi", ""},
                                                                  {"a/4.jpg", "x", ""},
                                                                  {"a/4.json", "no json", ""},
                                                                  {"5.jpg", "x", ""},
                                                                  {"5.json", R"({"label": 3})", ""}})));
  EXPECT_THAT(labels, ElementsAre(Pair("shard.tar/5.jpg", "3"), Pair("shard.tar/a/1.jpg", "7"),
                                  Pair("shard.tar/a/2.jpg", "plum"), Pair("shard.tar/a/3.left.jpg", "kiwi"),
                                  Pair("shard.tar/a/3.right.png", "kiwi"), Pair("shard.tar/a/4.jpg", "a")));
}

// The bytes of a packed set of one Parquet file.
std::string MakeTable() {
  const ScratchFolder folder;
  Result<std::unique_ptr<ShardWriter>> shard = NewShard(Location(folder / "x"), ShardFormat::kParquet);
  EXPECT_TRUE(shard);
  for (const std::string name : {"a/1.jpg", "a/2.jpg", "b/3.jpg"}) {
    const std::string content = "content of " + name;
    EXPECT_TRUE((*shard)->Add(name, "label", std::as_bytes(std::span(content))));
  }
  EXPECT_TRUE((*shard)->Finish());
  std::ifstream file(folder / "x", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(AContainer, WithAByteChangedGivesImagesOrErrors) {
  const std::vector<TestMember> members = {
      {"a/1.jpg", "one", ""}, {"a/1.cls", "7", ""}, {std::string(120, 'x') + ".jpg", "two", ""}};
  for (const std::string& whole :
       {MakeArchive(TestArchive::kTar, members), MakeArchive(TestArchive::kTarGz, members),
        MakeArchive(TestArchive::kZip, members), MakeTable()}) {
    for (std::size_t i = 0; i < whole.size(); i += 1 + whole.size() / 250) {
      for (const int change : {1, 0x80, 0xff}) {
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ change);
        for (const Member& member : Read(changed)) {
          ASSERT_TRUE(!member.bytes || member.bytes->size() <= 1000U);
        }
      }
    }
  }
}

TEST_F(AContainer, OfAPackedTableGivesItsPathsAndLabels) {
  const auto members = Read(MakeTable(), "shard.parquet");
  EXPECT_THAT(Contents(members),
              ElementsAre(Pair("a/1.jpg", "content of a/1.jpg"), Pair("a/2.jpg", "content of a/2.jpg"),
                          Pair("b/3.jpg", "content of b/3.jpg")));
  EXPECT_THAT(members, ::testing::Each(::testing::Field(&Member::label, "label")));
}

TEST_F(AContainer, ThatIsNoneIsAnError) {
  EXPECT_THAT(Contents(Read("this is no archive")),
              ElementsAre(Pair("shard.tar/", HasSubstr("neither an image nor a container"))));
  EXPECT_THAT(Contents(Read("")), ElementsAre(Pair("shard.tar/", HasSubstr("neither"))));
}

}  // namespace
}  // namespace coulis
