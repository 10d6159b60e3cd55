#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "fruit_bowl.h"
#include "store/pca_model_files.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Embedding = FruitBowl;

TEST_F(Embedding, EveryImageBecomesOneRow) {
  folder_.Write("photos/broken.jpg", "not an image");
  folder_.Write("photos/empty.jpg", "");
  folder_.Write("photos/notes.txt");
  Progress progress;
  const Result<RunRecord> record = Embed(Options("r"), &progress, {});
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->images, kImages + 2);
  EXPECT_EQ(record->bad, 2);
  EXPECT_EQ(record->ignored, 1);
  EXPECT_THAT(record->bad_examples, SizeIs(2));
  EXPECT_EQ(progress.done, kImages + 2);
  EXPECT_EQ(progress.bad, 2);
  EXPECT_THAT(Rows("r"), SizeIs(kImages + 2));
  EXPECT_TRUE(Rows("r").at("broken.jpg").empty());
}

TEST_F(Embedding, ThreadsDoNotChangeTheRows) {
  EmbedOptions one = Options("one");
  one.threads = 1;
  EmbedOptions four = Options("four");
  four.threads = 4;
  ASSERT_TRUE(Embed(one, nullptr, {}));
  ASSERT_TRUE(Embed(four, nullptr, {}));
  EXPECT_EQ(Rows("one"), Rows("four"));
}

TEST_F(Embedding, ExtendedRunEqualsUndisturbedRun) {
  ASSERT_TRUE(EmbedAndReduce(Options("whole"), Reduction("whole"), nullptr, {}));

  EmbedOptions some = Options("r");
  some.limit = 25;
  ASSERT_TRUE(EmbedAndReduce(some, Reduction("r"), nullptr, {}));
  EXPECT_THAT(Rows("r"), SizeIs(25));
  EmbedOptions rest = Options("r");
  rest.existing = ExistingResults::kResume;
  Progress progress;
  ASSERT_TRUE(EmbedAndReduce(rest, Reduction("r"), &progress, {}));
  EXPECT_EQ(progress.resumed, 25);
  EXPECT_EQ(progress.done, kImages - 25);

  EXPECT_EQ(Rows("r"), Rows("whole"));
  const Result<PcaModel> whole = ReadPcaModel(folder_ / "whole/pca_model");
  const Result<PcaModel> extended = ReadPcaModel(folder_ / "r/pca_model");
  ASSERT_TRUE(whole && extended);
  EXPECT_EQ(whole->count, kImages);
  EXPECT_EQ(extended->count, kImages);
  for (std::size_t i = 0; i < whole->components.size(); ++i) {
    EXPECT_NEAR(whole->components[i], extended->components[i], 1e-9);
  }
}

TEST_F(Embedding, ResumeOfACompleteRunChangesNothing) {
  ASSERT_TRUE(EmbedAndReduce(Options("r"), Reduction("r"), nullptr, {}));
  const auto before = fs::last_write_time(folder_ / "r/run.json");
  EmbedOptions again = Options("r");
  again.existing = ExistingResults::kResume;
  Progress progress;
  ASSERT_TRUE(EmbedAndReduce(again, Reduction("r"), &progress, {}));
  EXPECT_EQ(progress.done, 0);
  EXPECT_EQ(fs::last_write_time(folder_ / "r/run.json"), before);
  EXPECT_FALSE(fs::exists(folder_ / "r/.incomplete"));
}

TEST_F(Embedding, AStopBeforeTheStartLeavesNothingBehind) {
  std::stop_source source;
  source.request_stop();
  const Result<RunRecord> record = Embed(Options("r"), nullptr, source.get_token());
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(fs::exists(folder_ / "r"));
}

TEST_F(Embedding, StoppedRunIsCompletedByResume) {
  ASSERT_TRUE(Embed(Options("whole"), nullptr, {}));
  EmbedOptions options = Options("r");
  Progress progress;
  std::stop_source source;
  std::jthread stopper([&](const std::stop_token& end) {
    while (!end.stop_requested() && progress.done < 5) std::this_thread::yield();
    source.request_stop();
  });
  const Result<RunRecord> stopped = Embed(options, &progress, source.get_token());
  stopper.request_stop();
  stopper.join();
  if (!stopped) {
    EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
    EXPECT_THAT(stopped.error().message, HasSubstr("--resume"));
    EXPECT_FALSE(ReadRunRecord(options.results));
  }
  options.existing = ExistingResults::kResume;
  ASSERT_TRUE(Embed(options, nullptr, {}));
  EXPECT_EQ(Rows("r"), Rows("whole"));
}

TEST_F(Embedding, AFailedOverwriteKeepsTheEarlierResult) {
  ASSERT_TRUE(Embed(Options("r"), nullptr, {}));
  const auto before = Rows("r");
  EmbedOptions again = Options("r");
  again.existing = ExistingResults::kOverwrite;
  again.globs = {"*.nothing"};
  const Result<RunRecord> record = Embed(again, nullptr, {});
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message, HasSubstr("no images found"));
  EXPECT_EQ(Rows("r"), before);
}

TEST_F(Embedding, OneGoodImageGivesFeaturesButNoPca) {
  EmbedOptions options = Options("r");
  options.limit = 1;
  const Result<RunRecord> record = EmbedAndReduce(options, Reduction("r"), nullptr, {});
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_FALSE(record->pca);
}

TEST_F(Embedding, OptionsThatMakeNoSenseAreRefused) {
  for (const auto& spoil : std::vector<std::function<void(EmbedOptions&)>>{
           [](EmbedOptions& o) { o.inputs.clear(); }, [](EmbedOptions& o) { o.results.clear(); },
           [](EmbedOptions& o) { o.threads = -1; }, [](EmbedOptions& o) { o.rows_per_part = 0; },
           [](EmbedOptions& o) { o.decode.limits.max_pixels = 0; }}) {
    EmbedOptions options = Options("r");
    spoil(options);
    const Result<RunRecord> record = Embed(options, nullptr, {});
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().code, ErrorCode::kInvalidArgument);
  }
}

using Reducing = FruitBowl;

TEST_F(Reducing, AfterwardsEqualsAtOnce) {
  ASSERT_TRUE(EmbedAndReduce(Options("at_once"), Reduction("at_once"), nullptr, {}));
  ASSERT_TRUE(Embed(Options("later"), nullptr, {}));
  ASSERT_TRUE(Reduce(Reduction("later"), nullptr, {}));
  const Result<PcaModel> at_once = ReadPcaModel(folder_ / "at_once/pca_model");
  const Result<PcaModel> later = ReadPcaModel(folder_ / "later/pca_model");
  ASSERT_TRUE(at_once && later);
  for (std::size_t i = 0; i < later->components.size(); ++i) {
    EXPECT_NEAR(at_once->components[i], later->components[i], 1e-9);
  }
}

TEST_F(Reducing, ThreadsDoNotChangeTheModel) {
  ASSERT_TRUE(Embed(Options("r"), nullptr, {}));
  std::vector<PcaModel> fitted;
  for (const int threads : {1, 3}) {
    ReduceOptions options = Reduction("r");
    options.threads = threads;
    ASSERT_TRUE(Reduce(options, nullptr, {}));
    fitted.push_back(*ReadPcaModel(folder_ / "r/pca_model"));
  }
  EXPECT_EQ(fitted[0].components, fitted[1].components);
  EXPECT_EQ(fitted[0].mean, fitted[1].mean);
}

TEST_F(Reducing, TakesThePcaOfAnotherRun) {
  ASSERT_TRUE(EmbedAndReduce(Options("fitted"), Reduction("fitted"), nullptr, {}));
  EmbedOptions some = Options("r");
  some.limit = 1;
  ReduceOptions reduction = Reduction("r");
  reduction.pca_from = folder_ / "fitted";
  const Result<RunRecord> record = EmbedAndReduce(some, reduction, nullptr, {});
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->pca->fitted_rows, kImages);
  EXPECT_EQ(ReadPcaModel(folder_ / "r/pca_model")->components,
            ReadPcaModel(folder_ / "fitted/pca_model")->components);
}

TEST_F(Reducing, AFailedReductionKeepsTheEarlierPca) {
  ASSERT_TRUE(EmbedAndReduce(Options("r"), Reduction("r"), nullptr, {}));
  ReduceOptions too_many = Reduction("r");
  too_many.components = ComponentCount{3};
  const Result<RunRecord> record = Reduce(too_many, nullptr, {});
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadRunRecord(folder_ / "r")->pca->k, 2);
  EXPECT_FALSE(fs::exists(folder_ / "r/.reducing"));
}

using Validation = FruitBowl;

TEST_F(Validation, FindsNothingWrongWithWhatRunMakes) {
  folder_.Write("photos/broken.jpg", "not an image");
  ASSERT_TRUE(EmbedAndReduce(Options("r"), Reduction("r"), nullptr, {}));
  const Result<std::vector<Check>> checks = Validate(folder_ / "r", nullptr, {});
  ASSERT_TRUE(checks) << checks.error().message;
  for (const Check& check : *checks) EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
}

TEST_F(Validation, FindsAPartThatIsMissingOrCut) {
  ASSERT_TRUE(EmbedAndReduce(Options("r"), Reduction("r"), nullptr, {}));
  const auto failed = [&] {
    int count = 0;
    for (const Check& check : *Validate(folder_ / "r", nullptr, {})) count += check.ok ? 0 : 1;
    return count;
  };
  fs::resize_file(folder_ / "r/features/part-00001.parquet", 100);
  EXPECT_GT(failed(), 0);
  fs::remove(folder_ / "r/features/part-00001.parquet");
  EXPECT_GT(failed(), 0);
}

}  // namespace
}  // namespace coulis
