#include "models/staging.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch_folder.h"

namespace coulis::models {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Names(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

void MakeOld(const fs::path& folder) {
  const timespec times[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 0},
                             {.tv_sec = 1'000'000'000, .tv_nsec = 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, folder.c_str(), times, 0), 0);
}

TEST(Staging, NothingIsVisibleUntilPublished) {
  const ScratchFolder parent;
  Result<Staging> staging = Staging::Make(parent / "models");
  ASSERT_TRUE(staging);
  std::ofstream(staging->folder() / "file") << "content";
  EXPECT_FALSE(fs::exists(parent / "models" / "m"));
  ASSERT_EQ(Names(parent / "models").size(), 1U);
  EXPECT_EQ(Names(parent / "models")[0][0], '.');
  ASSERT_TRUE(staging->Publish("m"));
  EXPECT_THAT(Names(parent / "models"), testing::ElementsAre("m"));
  EXPECT_TRUE(fs::exists(parent / "models" / "m" / "file"));
}

TEST(Staging, UnpublishedIsRemoved) {
  const ScratchFolder parent;
  {
    const Result<Staging> staging = Staging::Make(parent.path());
    ASSERT_TRUE(staging);
    std::ofstream(staging->folder() / "file") << "content";
  }
  EXPECT_TRUE(Names(parent.path()).empty());
}

TEST(Staging, PublishingReplacesWhatWasThere) {
  const ScratchFolder parent;
  parent.Write("m/old");
  {
    Result<Staging> staging = Staging::Make(parent.path());
    ASSERT_TRUE(staging);
    std::ofstream(staging->folder() / "new") << "content";
    ASSERT_TRUE(staging->Publish("m"));
  }
  EXPECT_THAT(Names(parent.path()), testing::ElementsAre("m"));
  EXPECT_THAT(Names(parent / "m"), testing::ElementsAre("new"));
}

TEST(Staging, LeftoversOfKilledProcessesAreSweptOnceOld) {
  const ScratchFolder parent;
  const pid_t child = fork();
  if (child == 0) {
    const Result<Staging> staging = Staging::Make(parent.path());
    std::ofstream(staging->folder() / "file") << "content";
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(Names(parent.path()).size(), 1U);
  ASSERT_TRUE(Staging::Make(parent.path()));
  ASSERT_EQ(Names(parent.path()).size(), 1U) << "a young one may be about to be locked";
  MakeOld(parent / Names(parent.path())[0]);
  ASSERT_TRUE(Staging::Make(parent.path()));
  EXPECT_TRUE(Names(parent.path()).empty());
}

TEST(Staging, WhatALivingProcessBuildsIsLeftAlone) {
  const ScratchFolder parent;
  const Result<Staging> building = Staging::Make(parent.path());
  ASSERT_TRUE(building);
  MakeOld(building->folder());
  ASSERT_TRUE(Staging::Make(parent.path()));
  EXPECT_TRUE(fs::exists(building->folder()));
}

TEST(Staging, ParentThatIsAFileIsAnError) {
  const ScratchFolder parent;
  const Result<Staging> staging = Staging::Make(parent.Write("file") / "models");
  ASSERT_FALSE(staging);
  EXPECT_EQ(staging.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace coulis::models
