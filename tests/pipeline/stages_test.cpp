#include "pipeline/embed_stages.h"

#include <gmock/gmock.h>

#include "fruit_bowl.h"
#include "pipeline/image_inputs.h"

namespace coulis {
namespace {

class Stages : public FruitBowl {
 protected:
  // Runs the stages over photos/ and gives each row to `take`.
  Result<void> RunAll(const std::stop_token& stop, const std::function<Result<void>(FeatureRow)>& take) {
    const EmbedOptions options = Options("unused");
    Result<Listing> listing = Listing::Open(options.inputs, {"*.jpg"});
    EXPECT_TRUE(listing);
    Result<Model> model = OpenModel(options.model);
    EXPECT_TRUE(model) << model.error().message;
    Result<Engine> engine = Engine::Load(*model, {.threads = 2, .layer = "", .cache_folder = ""});
    EXPECT_TRUE(engine) << engine.error().message;
    return RunStages({*listing, *engine, options.decode, LabelSource::kParent, finished_, 0, 2, 2, progress_,
                      ContainersOf(options), ignored_},
                     stop, take);
  }

  std::unordered_set<std::string> finished_;
  Progress progress_;
  std::atomic<std::int64_t> ignored_ = 0;
};

TEST_F(Stages, AStopEndsThemButRowsInWorkAreTaken) {
  std::stop_source source;
  int taken = 0;
  const Result<void> done = RunAll(source.get_token(), [&](const FeatureRow&) -> Result<void> {
    if (++taken == 3) source.request_stop();
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  EXPECT_GE(taken, 3);
}

TEST_F(Stages, AnErrorOfTheTakerEndsThemAndComesBack) {
  int taken = 0;
  const Result<void> done = RunAll({}, [&](const FeatureRow&) -> Result<void> {
    if (++taken == 3) return Error{ErrorCode::kIo, "disk full"};
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "disk full");
}

TEST_F(Stages, FinishedImagesAreNotDoneAgain) {
  std::vector<std::string> paths;
  ASSERT_TRUE(RunAll({}, [&](const FeatureRow& row) -> Result<void> {
    paths.push_back(row.path);
    return {};
  }));
  ASSERT_THAT(paths, ::testing::SizeIs(kImages));
  finished_.insert(paths.begin(), paths.begin() + 20);
  int again = 0;
  ASSERT_TRUE(RunAll({}, [&](const FeatureRow& row) -> Result<void> {
    EXPECT_FALSE(finished_.contains(row.path));
    ++again;
    return {};
  }));
  EXPECT_EQ(again, kImages - 20);
}

}  // namespace
}  // namespace coulis
