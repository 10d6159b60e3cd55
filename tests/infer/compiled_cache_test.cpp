#include "infer/compiled_cache.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <sstream>
#include <thread>

#include "coulis/engine.h"
#include "small_network.h"

namespace coulis::infer {
namespace {

namespace fs = std::filesystem;

std::vector<float> Features(const Model& model, const fs::path& cache) {
  const Result<Engine> engine = Engine::Load(model, {.threads = 1, .layer = {}, .cache_folder = cache});
  if (!engine) return ADD_FAILURE() << engine.error().message, std::vector<float>{};
  Result<InferRequest> request = engine->NewRequest();
  if (!request) return ADD_FAILURE() << request.error().message, std::vector<float>{};
  std::iota(request->input().begin(), request->input().end(), std::uint8_t{0});
  const Result<std::span<const float>> features = request->Run();
  if (!features) return ADD_FAILURE() << features.error().message, std::vector<float>{};
  return {features->begin(), features->end()};
}

std::vector<fs::path> Entries(const fs::path& cache) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(cache)) entries.push_back(entry.path());
  return entries;
}

std::string Content(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

TEST(CompiledCache, SecondStartGivesTheSameBits) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  const std::vector<float> without = Features(model, "");
  EXPECT_EQ(Features(model, folder / "cache"), without);
  ASSERT_EQ(Entries(folder / "cache").size(), 1U);
  const auto written = fs::last_write_time(Entries(folder / "cache")[0]);
  EXPECT_EQ(Features(model, folder / "cache"), without);
  EXPECT_EQ(fs::last_write_time(Entries(folder / "cache")[0]), written) << "it was compiled again";
}

TEST(CompiledCache, DamagedEntryIsRebuilt) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  const std::vector<float> expected = Features(model, folder / "cache");
  const fs::path entry = Entries(folder / "cache").at(0);
  const std::string whole = Content(entry);
  std::vector<std::string> damaged{"", "x", whole.substr(0, 8), whole.substr(0, whole.size() - 1),
                                   whole + "x"};
  for (std::size_t place = 0; place < whole.size(); place += whole.size() / 16) {
    damaged.push_back(whole);
    damaged.back()[place] ^= 0x10;
  }
  for (const std::string& content : damaged) {
    folder.Write("cache/" + entry.filename().string(), content);
    EXPECT_EQ(Features(model, folder / "cache"), expected);
    EXPECT_NE(Content(entry), content) << "it was not rebuilt";
  }
}

TEST(CompiledCache, EveryPreprocessingHasItsOwnEntry) {
  const ScratchFolder folder;
  Model model = WriteSmallNetwork(folder);
  const std::vector<float> plain = Features(model, folder / "cache");
  model.description.mean = {1, 2, 3};
  EXPECT_NE(Features(model, folder / "cache"), plain);
  model.description.mean = {};
  model.description.scale = {2, 2, 2};
  EXPECT_NE(Features(model, folder / "cache"), plain);
  EXPECT_EQ(Entries(folder / "cache").size(), 3U);
}

TEST(CompiledCache, EntryOfAnotherNetworkIsNotTaken) {
  const ScratchFolder folder;
  const ScratchFolder other_folder;
  const SmallNetwork other{.weights = {{5, 5, 5}, {6, 6, 6}}};
  const fs::path cache = folder / "cache";
  const std::vector<float> first = Features(WriteSmallNetwork(folder), cache);
  EXPECT_NE(Features(WriteSmallNetwork(other_folder, other), cache), first);
  // Nor when it lies under the right name.
  const std::vector<fs::path> entries = Entries(cache);
  ASSERT_EQ(entries.size(), 2U);
  const std::string name = entries[1].filename().string();
  folder.Write("cache/" + name, Content(entries[0]));
  folder.Write("cache/" + entries[0].filename().string(), Content(entries[0]));
  EXPECT_EQ(Features(WriteSmallNetwork(folder), cache), first);
  EXPECT_NE(Features(WriteSmallNetwork(other_folder, other), cache), first);
}

TEST(CompiledCache, FolderThatCannotBeWrittenIsNoError) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  folder.Write("file");
  EXPECT_EQ(Features(model, folder / "file" / "cache"), Features(model, ""));
}

TEST(CompiledCache, ManyAtOnceShareAFolder) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  const std::vector<float> expected = Features(model, "");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 4; ++round) {
        EXPECT_EQ(Features(model, folder / "cache"), expected);
        std::error_code ignored;
        fs::remove_all(folder / "cache", ignored);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(CompiledCache, LeftoversOfKilledProcessesAreSwept) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  const fs::path old = folder.Write("cache/.compiling-old");
  const fs::path recent = folder.Write("cache/.compiling-recent");
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  Features(model, folder / "cache");
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(recent));
}

TEST(CacheKey, EveryByteAndItsPlaceCount) {
  std::string text(100, 'a');
  const std::uint64_t plain = CacheKey().Add(text).value();
  for (char& letter : text) {
    letter = 'b';
    EXPECT_NE(CacheKey().Add(text).value(), plain);
    letter = 'a';
  }
  EXPECT_NE(CacheKey().Add("ab").Add("c").value(), CacheKey().Add("a").Add("bc").value());
}

}  // namespace
}  // namespace coulis::infer
