// Rows a second of the Parquet files: features written and read, projected vectors written.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "store/feature_reader.h"
#include "store/feature_writer.h"
#include "store/pca_table.h"

namespace {

constexpr int kLength = 1280;
constexpr int kComponents = 200;
constexpr std::int64_t kRows = 8192;

/// A folder that goes when it does.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "coulis-store-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Features as a network has them: many zeros, the rest positive.
std::vector<coulis::FeatureRow> Rows() {
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  std::vector<coulis::FeatureRow> rows(kRows);
  for (std::int64_t i = 0; i < kRows; ++i) {
    coulis::FeatureRow& row = rows[static_cast<std::size_t>(i)];
    row.path = "label-" + std::to_string(i / 100) + "/photograph-" + std::to_string(i) + ".jpg";
    row.label = "label-" + std::to_string(i / 100);
    row.size = coulis::ImageSize{100, 100};
    row.features.resize(kLength);
    for (float& value : row.features) value = std::max(0.0F, normal(engine));
  }
  return rows;
}

void SetThroughput(benchmark::State& state, std::int64_t floats_of_row) {
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetBytesProcessed(state.iterations() * kRows * floats_of_row *
                          static_cast<std::int64_t>(sizeof(float)));
}

bool WritePart(const std::filesystem::path& folder, const std::vector<coulis::FeatureRow>& rows) {
  coulis::FeatureWriter writer(folder, kLength, {.rows = kRows}, 0);
  for (const coulis::FeatureRow& row : rows) {
    if (!writer.Append(row)) return false;
  }
  return static_cast<bool>(writer.Finish());
}

void BM_WriteFeatures(benchmark::State& state) {
  const Folder folder;
  const auto rows = Rows();
  for (auto _ : state) {
    if (!WritePart(folder.path(), rows)) state.SkipWithError("a row could not be written");
  }
  SetThroughput(state, kLength);
}
BENCHMARK(BM_WriteFeatures)->Unit(benchmark::kMillisecond);

void BM_ReadFeatures(benchmark::State& state) {
  const Folder folder;
  if (!WritePart(folder.path(), Rows())) state.SkipWithError("a row could not be written");
  for (auto _ : state) {
    auto reader = coulis::FeatureReader::Open(folder.path() / coulis::PartName(0));
    for (auto block = reader->Next(); block && *block; block = reader->Next())
      benchmark::DoNotOptimize(block);
  }
  SetThroughput(state, kLength);
}
BENCHMARK(BM_ReadFeatures)->Unit(benchmark::kMillisecond);

void BM_WriteVectors(benchmark::State& state) {
  const Folder folder;
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  std::vector<float> vectors(kRows * kComponents);
  for (float& value : vectors) value = normal(engine);
  std::vector<std::string> paths;
  for (const coulis::FeatureRow& row : Rows()) paths.push_back(row.path);
  const std::vector<std::optional<std::string>> labels(kRows, "label");
  for (auto _ : state) {
    auto writer = coulis::PcaWriter::Create(folder.path() / "part-00000.parquet", kComponents);
    if (!writer || !writer->Append(paths, labels, vectors) || !writer->Finish())
      state.SkipWithError("the vectors could not be written");
  }
  SetThroughput(state, kComponents);
}
BENCHMARK(BM_WriteVectors)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
