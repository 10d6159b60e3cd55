#include "store/results_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch_folder.h"
#include "store/lock_owner.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(LockOwner, ComesBackAsItWasWritten) {
  const LockOwner me = LockOwner::Me();
  const auto read = LockOwner::FromJson(me.ToJson());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ToJson(), me.ToJson());
  EXPECT_NE(LockOwner::Me().id, me.id);
  EXPECT_FALSE(LockOwner::FromJson("{}"));
  EXPECT_FALSE(LockOwner::FromJson("\xff"));
}

TEST(LockOwner, IsDeadOnlyWhenItRanHereAndIsGone) {
  EXPECT_FALSE(LockOwner::Me().IsDead());
  LockOwner reused = LockOwner::Me();
  reused.ticks -= 1;
  EXPECT_TRUE(reused.IsDead());
  LockOwner gone = LockOwner::Me();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  gone.pid = child;
  EXPECT_TRUE(gone.IsDead());
  gone.boot = "another machine";
  EXPECT_FALSE(gone.IsDead());
}

TEST(ResultsLock, TheSecondIsRefusedAndToldWhoIsAtWork) {
  const ScratchFolder folder;
  fs::create_directories(folder / ".incomplete");
  Result<ResultsLock> first = ResultsLock::Take(folder.path(), /*steal=*/false);
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->Sign(folder / ".incomplete"));
  const Result<ResultsLock> second = ResultsLock::Take(folder.path(), /*steal=*/false);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_THAT(second.error().message, HasSubstr("--steal-lock"));
  EXPECT_TRUE(first->Check());
}

TEST(ResultsLock, WhoeverIsRobbedIsTold) {
  const ScratchFolder folder;
  fs::create_directories(folder / ".incomplete");
  std::optional<ResultsLock> first(*ResultsLock::Take(folder.path(), /*steal=*/false));
  ASSERT_TRUE(first->Sign(folder / ".incomplete"));
  Result<ResultsLock> thief = ResultsLock::Take(folder.path(), /*steal=*/true);
  ASSERT_TRUE(thief);
  ASSERT_TRUE(thief->Sign(folder / ".incomplete"));
  EXPECT_THAT(first->Check().error().message, HasSubstr("taken over"));
  EXPECT_TRUE(thief->Check());
  first.reset();
  EXPECT_TRUE(thief->Check());  // By which it takes the kernel's lock as well.
  EXPECT_FALSE(ResultsLock::Take(folder.path(), /*steal=*/false));
}

}  // namespace
}  // namespace coulis
