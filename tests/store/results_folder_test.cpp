#include "store/results_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "scratch_folder.h"
#include "store/run_json.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RunRecord SomeRecord() {
  RunRecord record;
  record.coulis_version = "0.1.0";
  record.created = "2026-01-31T12:00:00Z";
  record.inputs = {"/photos"};
  record.label = "parent";
  record.globs = {"*.jpg"};
  record.model_name = "m";
  record.model_sha256 = "aa";
  record.precision = "f32";
  record.feature_length = 3;
  return record;
}

std::string Content(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void StagePart(const Staging& staging, const char* section, const std::string& name,
               const std::string& content) {
  const Result<Location> folder = staging.Section(section);
  ASSERT_TRUE(folder);
  ASSERT_TRUE(WriteWhole(*folder / name, content));
}

// A complete result whose one feature part says `content`.
void MakeResults(const fs::path& results, const std::string& content) {
  Result<Staging> staging = Staging::ForEmbed(results, ExistingResults::kRefuse, SomeRecord());
  ASSERT_TRUE(staging) << staging.error().message;
  StagePart(*staging, kFeatures, "part-00000.parquet", content);
  ASSERT_TRUE(staging->Publish(SomeRecord()));
}

TEST(RunJson, RecordComesBackAsItWasWritten) {
  RunRecord record = SomeRecord();
  record.features = {{"features/part-00000.parquet", 10, 1}};
  record.images = 10;
  record.bad = 1;
  record.pca = PcaRecord{.k = 2,
                         .explained_variance_ratio = 0.96,
                         .fitted_on = "this run",
                         .fitted_rows = 9,
                         .components = "0.95",
                         .parts = {{"pca/part-00000.parquet", 9, 0}}};
  const Result<RunRecord> read = RunRecordFromJson(ToJson(record));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToJson(*read), ToJson(record));
}

TEST(RunJson, DamageIsNamed) {
  EXPECT_EQ(RunRecordFromJson("{").error().code, ErrorCode::kBadResults);
  EXPECT_EQ(RunRecordFromJson("{}").error().code, ErrorCode::kBadResults);
  EXPECT_THAT(RunRecordFromJson(R"({"format_version": 99})").error().message, HasSubstr("format version 99"));
}

TEST(ResultsFolder, NothingLooksCompleteBeforePublication) {
  const ScratchFolder folder;
  Result<Staging> staging = Staging::ForEmbed(folder / "r", ExistingResults::kRefuse, SomeRecord());
  ASSERT_TRUE(staging);
  StagePart(*staging, kFeatures, "part-00000.parquet", "new");
  EXPECT_FALSE(fs::exists(folder / "r/features"));
  EXPECT_THAT(ReadRunRecord(folder / "r").error().message, HasSubstr("--resume"));
  ASSERT_TRUE(staging->Publish(SomeRecord()));
  EXPECT_EQ(Content(folder / "r/features/part-00000.parquet"), "new");
  EXPECT_TRUE(ReadRunRecord(folder / "r"));
}

TEST(ResultsFolder, AFolderThatIsNotEmptyIsRefused) {
  const ScratchFolder folder;
  folder.Write("r/photo.jpg");
  for (const auto existing :
       {ExistingResults::kRefuse, ExistingResults::kOverwrite, ExistingResults::kResume}) {
    const Result<Staging> staging = Staging::ForEmbed(folder / "r", existing, SomeRecord());
    ASSERT_FALSE(staging);
    EXPECT_EQ(staging.error().code, ErrorCode::kAlreadyExists);
  }
  EXPECT_TRUE(fs::exists(folder / "r/photo.jpg"));
}

TEST(ResultsFolder, OverwritingKeepsTheEarlierResultUntilPublication) {
  const ScratchFolder folder;
  MakeResults(folder / "r", "old");
  Result<Staging> staging = Staging::ForEmbed(folder / "r", ExistingResults::kOverwrite, SomeRecord());
  ASSERT_TRUE(staging) << staging.error().message;
  StagePart(*staging, kFeatures, "part-00000.parquet", "new");
  EXPECT_EQ(Content(folder / "r/features/part-00000.parquet"), "old");
  EXPECT_TRUE(ReadRunRecord(folder / "r"));
  EXPECT_THAT(*staging->FeatureParts(),
              ElementsAre(Location(folder / "r/.incomplete/features/part-00000.parquet")));
  ASSERT_TRUE(staging->Publish(SomeRecord()));
  EXPECT_EQ(Content(folder / "r/features/part-00000.parquet"), "new");
}

TEST(ResultsFolder, ResumeTakesUpTheUnfinishedRun) {
  const ScratchFolder folder;
  {
    Result<Staging> first = Staging::ForEmbed(folder / "r", ExistingResults::kRefuse, SomeRecord());
    ASSERT_TRUE(first);
    StagePart(*first, kFeatures, "part-00000.parquet", "kept");
  }
  Result<Staging> second = Staging::ForEmbed(folder / "r", ExistingResults::kResume, SomeRecord());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->FeatureParts()->size(), 1U);
}

TEST(ResultsFolder, ASecondRunIsKeptOutUntilTheFirstEnds) {
  const ScratchFolder folder;
  MakeResults(folder / "r", "old");
  {
    const Result<Staging> first = Staging::ForReduce(folder / "r");
    ASSERT_TRUE(first);
    EXPECT_THAT(Staging::ForReduce(folder / "r").error().message, HasSubstr("at work"));
    for (const auto existing :
         {ExistingResults::kRefuse, ExistingResults::kOverwrite, ExistingResults::kResume}) {
      const Result<Staging> second = Staging::ForEmbed(folder / "r", existing, SomeRecord());
      ASSERT_FALSE(second);
      EXPECT_EQ(second.error().code, ErrorCode::kIo);
      EXPECT_THAT(second.error().message, HasSubstr("at work"));
    }
  }
  EXPECT_TRUE(Staging::ForReduce(folder / "r"));
}

TEST(ResultsFolder, ResumeOfACompleteResultAddsParts) {
  const ScratchFolder folder;
  MakeResults(folder / "r", "old");
  Result<Staging> staging = Staging::ForEmbed(folder / "r", ExistingResults::kResume, SomeRecord());
  ASSERT_TRUE(staging) << staging.error().message;
  EXPECT_TRUE(staging->extends());
  StagePart(*staging, kFeatures, "part-00001.parquet", "added");
  EXPECT_EQ(staging->FeatureParts()->size(), 2U);
  ASSERT_TRUE(staging->Publish(SomeRecord()));
  EXPECT_EQ(Content(folder / "r/features/part-00000.parquet"), "old");
  EXPECT_EQ(Content(folder / "r/features/part-00001.parquet"), "added");
}

TEST(ResultsFolder, ResumeWithAnotherModelIsRefused) {
  const ScratchFolder folder;
  MakeResults(folder / "r", "old");
  RunRecord other = SomeRecord();
  other.model_sha256 = "bb";
  const Result<Staging> staging = Staging::ForEmbed(folder / "r", ExistingResults::kResume, other);
  ASSERT_FALSE(staging);
  EXPECT_EQ(staging.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(staging.error().message, HasSubstr("model"));
}

// Publication is a handful of steps; a kill after any of them is made by doing the steps before it by hand.
TEST(ResultsFolder, PublicationThatWasKilledIsCompletedByTheNextRun) {
  for (int steps = 0; steps < 4; ++steps) {
    const ScratchFolder folder;
    MakeResults(folder / "r", "old");
    {
      Result<Staging> staging = Staging::ForEmbed(folder / "r", ExistingResults::kOverwrite, SomeRecord());
      ASSERT_TRUE(staging);
      StagePart(*staging, kFeatures, "part-00000.parquet", "new");
    }
    ASSERT_TRUE(WriteFileDurably(folder / "r/.incomplete/run.json", ToJson(SomeRecord())));
    if (steps > 0) fs::remove(folder / "r/run.json");
    if (steps > 1) fs::remove_all(folder / "r/features");
    if (steps > 2) fs::rename(folder / "r/.incomplete/features", folder / "r/features");
    ASSERT_TRUE(Staging::ForEmbed(folder / "r", ExistingResults::kResume, SomeRecord()));
    EXPECT_EQ(Content(folder / "r/features/part-00000.parquet"), "new") << "after step " << steps;
    EXPECT_TRUE(ReadRunRecord(folder / "r"));
  }
}

TEST(ResultsFolder, ReducingReplacesThePcaAndKeepsTheFeatures) {
  const ScratchFolder folder;
  MakeResults(folder / "r", "old");
  RunRecord record = SomeRecord();
  record.pca = PcaRecord{};
  for (const char* content : {"first", "second"}) {
    Result<Staging> staging = Staging::ForReduce(folder / "r");
    ASSERT_TRUE(staging) << staging.error().message;
    StagePart(*staging, kPca, "part-00000.parquet", content);
    ASSERT_TRUE(staging->Publish(record));
    EXPECT_EQ(Content(folder / "r/pca/part-00000.parquet"), content);
    EXPECT_EQ(Content(folder / "r/features/part-00000.parquet"), "old");
  }
}

TEST(ResultsFolder, AResultWithoutPcaRemovesTheEarlierOne) {
  const ScratchFolder folder;
  MakeResults(folder / "r", "old");
  fs::create_directories(folder / "r/pca");
  Result<Staging> staging = Staging::ForEmbed(folder / "r", ExistingResults::kOverwrite, SomeRecord());
  ASSERT_TRUE(staging);
  StagePart(*staging, kFeatures, "part-00000.parquet", "new");
  ASSERT_TRUE(staging->Publish(SomeRecord()));
  EXPECT_FALSE(fs::exists(folder / "r/pca"));
}

}  // namespace
}  // namespace coulis
