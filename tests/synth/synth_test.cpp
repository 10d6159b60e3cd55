#include "coulis/synth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <jpeglib.h>

namespace coulis {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A fresh folder for each test, removed at its end.
class SynthTest : public testing::Test {
 protected:
  SynthTest() {
    std::string name = (fs::temp_directory_path() / "coulis-synth-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SynthTest() override { fs::remove_all(folder_); }

  [[nodiscard]] SynthOptions Options(std::int64_t count, const std::string& out = "out") const {
    SynthOptions options;
    options.count = count;
    options.out = folder_ / out;
    options.size = {24, 18};
    options.classes = 3;
    return options;
  }

  fs::path folder_;
};

/// Every file under a folder: relative path → bytes.
std::map<std::string, std::string> Contents(const fs::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      std::ifstream file(entry.path(), std::ios::binary);
      contents[fs::relative(entry.path(), folder).string()] =
          std::string(std::istreambuf_iterator<char>(file), {});
    }
  }
  return contents;
}

std::map<std::string, std::string> Make(const SynthOptions& options) {
  const Result<void> made = Synthesize(options);
  EXPECT_TRUE(made) << made.error().message;
  return Contents(options.out);
}

TEST_F(SynthTest, FoldersAreLabelsAndKindsTakeTurns) {
  const auto contents = Make(Options(7));
  std::vector<std::string> names;
  for (const auto& [name, bytes] : contents) names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("apple/apple_000000.jpg", "apple/apple_000001.jpg",
                                          "apple/apple_000002.jpg", "banana/banana_000000.jpg",
                                          "banana/banana_000001.jpg", "orange/orange_000000.jpg",
                                          "orange/orange_000001.jpg"));
}

TEST_F(SynthTest, SameSeedGivesSameBytes) {
  EXPECT_EQ(Make(Options(6, "a")), Make(Options(6, "b")));
}

TEST_F(SynthTest, OtherSeedGivesOtherBytes) {
  SynthOptions other = Options(6, "b");
  other.seed = 2;
  const auto first = Make(Options(6, "a"));
  for (const auto& [name, bytes] : Make(other)) {
    EXPECT_NE(bytes, first.at(name)) << name;
  }
}

TEST_F(SynthTest, ThreadsDoNotChangeBytes) {
  SynthOptions many = Options(12, "b");
  many.threads = 4;
  EXPECT_EQ(Make(Options(12, "a")), Make(many));
}

TEST_F(SynthTest, MoreImagesLeaveTheFirstAsTheyWere) {
  const auto more = Make(Options(12, "a"));
  for (const auto& [name, bytes] : Make(Options(6, "b"))) {
    EXPECT_EQ(bytes, more.at(name)) << name;
  }
}

TEST_F(SynthTest, ImagesDecodeToTheirSize) {
  for (const auto& [name, bytes] : Make(Options(3))) {
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    ASSERT_EQ(jpeg_read_header(&info, TRUE), JPEG_HEADER_OK);
    jpeg_start_decompress(&info);
    EXPECT_EQ(info.output_width, 24U);
    EXPECT_EQ(info.output_height, 18U);
    std::vector<JSAMPLE> row(24 * 3);
    JSAMPROW rows = row.data();
    while (info.output_scanline < info.output_height) jpeg_read_scanlines(&info, &rows, 1);
    EXPECT_TRUE(jpeg_finish_decompress(&info));
    EXPECT_EQ(errors.num_warnings, 0) << name;
    jpeg_destroy_decompress(&info);
  }
}

TEST_F(SynthTest, ProgressCountsEveryImageOnce) {
  SynthOptions options = Options(20);
  options.threads = 3;
  std::mutex mutex;
  std::vector<std::int64_t> counts;
  ASSERT_TRUE(Synthesize(options, {}, [&](std::int64_t done) {
    std::lock_guard lock(mutex);
    counts.push_back(done);
  }));
  std::ranges::sort(counts);
  ASSERT_EQ(counts.size(), 20U);
  EXPECT_EQ(counts.front(), 1);
  EXPECT_EQ(counts.back(), 20);
}

TEST_F(SynthTest, StopLeavesOnlyWholeImages) {
  std::stop_source source;
  const Result<void> made = Synthesize(Options(1000), source.get_token(), [&](std::int64_t done) {
    if (done == 5) source.request_stop();
  });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(made.error().message, HasSubstr("5 of 1000"));
  const auto contents = Contents(folder_ / "out");
  EXPECT_EQ(contents.size(), 5U);
  for (const auto& [name, bytes] : contents) {
    EXPECT_THAT(name, testing::EndsWith(".jpg"));
    EXPECT_THAT(bytes, testing::EndsWith("\xFF\xD9")) << "no end-of-image marker";
  }
}

TEST_F(SynthTest, FolderThatIsNotEmptyIsRefusedUnlessOverwriting) {
  SynthOptions options = Options(3);
  const auto first = Make(options);
  const Result<void> again = Synthesize(options);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(again.error().message, HasSubstr("not empty"));
  options.overwrite = true;
  EXPECT_EQ(Make(options), first);
}

TEST_F(SynthTest, FullDiskIsAnErrorAndLeavesNothing) {
  fs::create_directories(folder_ / "out/apple");
  fs::create_symlink("/dev/full", folder_ / "out/apple/apple_000000.jpg.part");
  SynthOptions options = Options(1);
  options.size = {200, 200};
  options.overwrite = true;
  const Result<void> made = Synthesize(options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kIo);
  EXPECT_THAT(made.error().message, HasSubstr("No space left on device"));
  EXPECT_TRUE(fs::is_empty(folder_ / "out/apple"));
}

TEST_F(SynthTest, FullDiskIsNoticedForAFileSmallerThanItsBuffer) {
  fs::create_directories(folder_ / "out/apple");
  fs::create_symlink("/dev/full", folder_ / "out/apple/apple_000000.jpg.part");
  SynthOptions options = Options(1);
  options.overwrite = true;
  const Result<void> made = Synthesize(options);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("No space left on device"));
  EXPECT_TRUE(fs::is_empty(folder_ / "out/apple"));
}

TEST_F(SynthTest, OutBelowAFileIsAnError) {
  std::ofstream(folder_ / "file") << "x";
  const Result<void> made = Synthesize(Options(1, "file/out"));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("cannot make the folder"));
}

TEST_F(SynthTest, OptionsOutOfRangeAreRefused) {
  const auto refused = [&](auto&& change, const char* message) {
    SynthOptions options = Options(1);
    change(options);
    const Result<void> made = Synthesize(options);
    ASSERT_FALSE(made) << message;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(made.error().message, HasSubstr(message));
    EXPECT_FALSE(fs::exists(options.out));
  };
  refused([](SynthOptions& o) { o.count = 0; }, "number of images");
  refused([](SynthOptions& o) { o.size = {0, 10}; }, "0x10");
  refused([](SynthOptions& o) { o.size = {10, 16385}; }, "10x16385");
  refused([](SynthOptions& o) { o.classes = 65; }, "1 to 64");
  refused([](SynthOptions& o) { o.classes = 0; }, "1 to 64");
  refused([](SynthOptions& o) { o.quality = 101; }, "1 to 100");
  refused([](SynthOptions& o) { o.threads = 0; }, "threads");
}

}  // namespace
}  // namespace coulis
