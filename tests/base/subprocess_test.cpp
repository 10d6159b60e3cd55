#include "base/subprocess.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "scratch_folder.h"

namespace coulis {
namespace {

class SubprocessTest : public testing::Test {
 protected:
  std::string Log() const {
    std::ostringstream text;
    text << std::ifstream(log_).rdbuf();
    return text.str();
  }

  ScratchFolder folder_;
  std::filesystem::path log_ = folder_.path() / "log";
};

TEST_F(SubprocessTest, GivesTheExitStatusAndWritesTheLog) {
  const Result<int> status = RunProgram({"sh", "-c", "echo out; echo err >&2; exit 7"}, log_);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(*status, 7);
  EXPECT_EQ(Log(), "out\nerr\n");
}

TEST_F(SubprocessTest, LinesComeOneByOneAndAreNotInTheLog) {
  std::vector<std::string> lines;
  const Result<int> status = RunProgram({"sh", "-c", "printf 'one\\ntwo\\nthree'; echo err >&2"}, log_,
                                        [&](const std::string& line) { lines.push_back(line); });
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(Log(), "err\n");
}

TEST_F(SubprocessTest, MissingProgramIsAnError) {
  EXPECT_EQ(RunProgram({"/no/such/program"}, log_).error().code, ErrorCode::kNotFound);
}

// `sleep infinity` would never come to an end: neither the shell's own nor the one behind it.
TEST_F(SubprocessTest, StopEndsTheProgramAndWhatItStarted) {
  std::stop_source stop;
  const Result<int> status = RunProgram(
      {"sh", "-c", "sleep infinity & echo started; sleep infinity"}, log_,
      [&](const std::string&) { stop.request_stop(); }, stop.get_token());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

TEST_F(SubprocessTest, LastErrorIsTheMarkedLineElseTheLast) {
  std::ofstream(log_) << "Collecting x\nERROR: no such thing\n[notice] a new pip\n";
  EXPECT_EQ(LastError(log_), "ERROR: no such thing");
  std::ofstream(log_) << "Traceback\n  File x\nValueError: wrong\n\n";
  EXPECT_EQ(LastError(log_), "ValueError: wrong");
  std::ofstream(log_) << "";
  EXPECT_EQ(LastError(log_), "no message");
}

}  // namespace
}  // namespace coulis
