#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch_folder.h"
#include "store/feature_reader.h"
#include "store/feature_writer.h"
#include "store/pca_model_files.h"
#include "store/pca_table.h"
#include "store/results_folder.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

FeatureRow GoodRow(int number) {
  const auto value = static_cast<float>(number);
  return {.path = "p" + std::to_string(number),
          .label = number % 2 == 0 ? std::optional<std::string>("even") : std::nullopt,
          .features = {value, value + 0.25F, -value},
          .error = std::nullopt,
          .size = ImageSize{100, 50}};
}

FeatureRow BadRow(int number) {
  return {.path = "p" + std::to_string(number),
          .label = "bad",
          .features = {},
          .error = "image file is truncated",
          .size = std::nullopt};
}

std::vector<FeatureBlock> ReadBlocks(const fs::path& file) {
  Result<FeatureReader> reader = FeatureReader::Open(file);
  EXPECT_TRUE(reader) << reader.error().message;
  std::vector<FeatureBlock> blocks;
  while (true) {
    auto block = reader->Next();
    EXPECT_TRUE(block);
    if (!*block) return blocks;
    blocks.push_back(**block);
  }
}

TEST(FeatureTable, RowsComeBackAsTheyWereWritten) {
  const ScratchFolder folder;
  FeatureWriter writer(folder.path(), 3, {.rows = 100}, /*first_part=*/0);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(writer.Append(i == 1 || i == 4 ? BadRow(i) : GoodRow(i)));
  ASSERT_TRUE(writer.Finish());

  const std::vector<FeatureBlock> blocks = ReadBlocks(folder / "part-00000.parquet");
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_THAT(blocks[0].path, ElementsAre("p0", "p1", "p2", "p3", "p4"));
  EXPECT_THAT(blocks[0].label, ElementsAre("even", "bad", "even", std::nullopt, "bad"));
  EXPECT_THAT(blocks[0].error, ElementsAre(std::nullopt, "image file is truncated", std::nullopt,
                                           std::nullopt, "image file is truncated"));
  EXPECT_THAT(blocks[0].good, ElementsAre(0U, 2U, 3U));
  EXPECT_THAT(blocks[0].features, ElementsAre(0, 0.25F, 0, 2, 2.25F, -2, 3, 3.25F, -3));
}

TEST(FeatureTable, APartOfBadRowsOnlyComesBack) {
  const ScratchFolder folder;
  FeatureWriter writer(folder.path(), 3, {.rows = 100}, 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer.Append(BadRow(i)));
  ASSERT_TRUE(writer.Finish());
  const std::vector<FeatureBlock> blocks = ReadBlocks(folder / "part-00000.parquet");
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_THAT(blocks[0].good, IsEmpty());
}

TEST(FeatureTable, PartsHaveTheRowsAskedForAndNumbersGoOn) {
  const ScratchFolder folder;
  FeatureWriter writer(folder.path(), 3, {.rows = 4}, /*first_part=*/7);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(writer.Append(GoodRow(i)));
  ASSERT_TRUE(writer.Finish());
  const auto parts = PartFiles(folder.path());
  ASSERT_TRUE(parts);
  std::vector<std::int64_t> rows;
  std::vector<int> numbers;
  for (const Location& part : *parts) {
    numbers.push_back(PartNumber(part));
    rows.push_back(FeatureReader::Open(part)->rows());
  }
  EXPECT_THAT(numbers, ElementsAre(7, 8, 9));
  EXPECT_THAT(rows, ElementsAre(4, 4, 1));
}

TEST(FeatureTable, RowGroupsStaySmallHoweverLargeThePart) {
  const ScratchFolder folder;
  const auto rows = FeatureWriter::kRowsPerGroup * 2 + 5;
  FeatureWriter writer(folder.path(), 3, {.rows = 1 << 20}, 0);
  for (int i = 0; i < rows; ++i) ASSERT_TRUE(writer.Append(GoodRow(i)));
  ASSERT_TRUE(writer.Finish());
  std::vector<std::size_t> sizes;
  for (const FeatureBlock& block : ReadBlocks(folder / "part-00000.parquet"))
    sizes.push_back(block.path.size());
  EXPECT_THAT(sizes, ElementsAre(2048U, 2048U, 5U));
}

TEST(FeatureTable, APartEndsWhenItsRowsHaveTheBytesAskedFor) {
  const ScratchFolder folder;
  FeatureWriter writer(folder.path(), 3, {.rows = 1000, .bytes = 100}, 0);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer.Append(GoodRow(i)));
  ASSERT_TRUE(writer.Finish());
  std::int64_t rows = 0;
  for (const PartRecord& part : writer.parts()) {
    EXPECT_GE(part.rows, 2);  // Each row has 22 to 28 bytes.
    EXPECT_LE(part.rows, 5);
    rows += part.rows;
  }
  EXPECT_EQ(rows, 10);
}

TEST(FeatureTable, RowGroupsOfLongRowsStaySmallAsWell) {
  const ScratchFolder folder;
  constexpr int kLength = 1 << 20;
  FeatureWriter writer(folder.path(), kLength, {}, 0);
  FeatureRow row = GoodRow(1);
  row.features.assign(kLength, 1);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(writer.Append(row));
  ASSERT_TRUE(writer.Finish());
  std::vector<std::size_t> sizes;
  for (const FeatureBlock& block : ReadBlocks(folder / "part-00000.parquet"))
    sizes.push_back(block.path.size());
  EXPECT_THAT(sizes, ElementsAre(4U, 4U, 1U));
}

TEST(FeatureTable, AnUnfinishedPartIsNeverVisible) {
  const ScratchFolder folder;
  {
    FeatureWriter writer(folder.path(), 3, {.rows = 1 << 20}, 0);
    for (int i = 0; i < FeatureWriter::kRowsPerGroup + 1; ++i) ASSERT_TRUE(writer.Append(GoodRow(i)));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(FeatureTable, ADamagedPartIsAnErrorNotACrash) {
  const ScratchFolder folder;
  FeatureWriter writer(folder.path(), 3, {.rows = 100}, 0);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(writer.Append(GoodRow(i)));
  ASSERT_TRUE(writer.Finish());
  const fs::path part = folder / "part-00000.parquet";
  for (const auto size :
       {fs::file_size(part) - 1, fs::file_size(part) / 2, std::uintmax_t{4}, std::uintmax_t{0}}) {
    fs::resize_file(part, size);
    const Result<FeatureReader> reader = FeatureReader::Open(part);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, ErrorCode::kBadResults) << reader.error().message;
  }
}

TEST(FeatureTable, AnotherSchemaIsRefused) {
  const ScratchFolder folder;
  Result<PcaWriter> writer = PcaWriter::Create(folder / "part-00000.parquet", 2);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->Finish());
  EXPECT_EQ(FeatureReader::Open(folder / "part-00000.parquet").error().code, ErrorCode::kBadResults);
}

TEST(PcaTable, RowsComeBackAsTheyWereWritten) {
  const ScratchFolder folder;
  Result<PcaWriter> writer = PcaWriter::Create(folder / "part-00000.parquet", 2);
  ASSERT_TRUE(writer);
  const std::vector<std::string> path = {"a", "b"};
  const std::vector<std::optional<std::string>> label = {"x", std::nullopt};
  const std::vector<float> vectors = {1, 2, 3, 4};
  ASSERT_TRUE(writer->Append(path, label, vectors));
  ASSERT_TRUE(writer->Finish());

  Result<PcaReader> reader = PcaReader::Open(folder / "part-00000.parquet");
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->k(), 2);
  auto block = reader->Next();
  ASSERT_TRUE(block && *block);
  EXPECT_EQ((*block)->path, path);
  EXPECT_EQ((*block)->label, label);
  EXPECT_EQ((*block)->vectors, vectors);
  EXPECT_FALSE(*reader->Next());
}

TEST(PcaModelFiles, ModelComesBackToTheLastBit) {
  const ScratchFolder folder;
  const PcaModel model = {.dims = 3,
                          .k = 2,
                          .count = 17,
                          .mean = {1.0 / 3, 2, 3},
                          .scale = {1, 0.1, 1e-300},
                          .components = {1, 0, 0, 0, 0.6, -0.8},
                          .explained_variance = {2, 1},
                          .explained_variance_ratio = {0.5, 0.25}};
  ASSERT_TRUE(WritePcaModel(model, folder.path()));
  const Result<PcaModel> read = ReadPcaModel(folder.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->dims, model.dims);
  EXPECT_EQ(read->k, model.k);
  EXPECT_EQ(read->count, model.count);
  EXPECT_EQ(read->mean, model.mean);
  EXPECT_EQ(read->scale, model.scale);
  EXPECT_EQ(read->components, model.components);
  EXPECT_EQ(read->explained_variance, model.explained_variance);
  EXPECT_EQ(read->explained_variance_ratio, model.explained_variance_ratio);
}

}  // namespace
}  // namespace coulis
