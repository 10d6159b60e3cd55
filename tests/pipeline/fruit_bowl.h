// A model small enough for any test, and photographs to feed it.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "coulis/pipeline.h"
#include "coulis/synth.h"
#include "description/description.h"
#include "models/sha256.h"
#include "scratch_folder.h"
#include "small_network.h"
#include "store/feature_reader.h"

namespace coulis {

/// Photographs in photos/, a model of two features in model/, and options that use both.
class FruitBowl : public ::testing::Test {
 protected:
  static constexpr int kImages = 60;

  void SetUp() override {
    SynthOptions synth;
    synth.count = kImages;
    synth.classes = 3;
    synth.size = {24, 16};
    synth.out = folder_ / "photos";
    ASSERT_TRUE(Synthesize(synth));
    WriteModel();
  }

  [[nodiscard]] EmbedOptions Options(const std::string& results) const {
    EmbedOptions options;
    options.inputs = {folder_ / "photos"};
    options.results = folder_ / results;
    options.model = folder_ / "model";
    options.cache_folder = folder_ / "cache";
    options.threads = 2;
    options.rows_per_part = 16;
    return options;
  }

  [[nodiscard]] ReduceOptions Reduction(const std::string& results) const {
    ReduceOptions options;
    options.results = folder_ / results;
    options.components = ComponentCount{2};
    options.threads = 2;
    return options;
  }

  /// path → features of all rows in results/features; no features for a bad row.
  [[nodiscard]] std::map<std::string, std::vector<float>> Rows(const std::string& results) const {
    std::map<std::string, std::vector<float>> rows;
    const Result<RunRecord> record = ReadRunRecord(folder_ / results);
    EXPECT_TRUE(record) << record.error().message;
    for (const PartRecord& part : record->features) {
      Result<FeatureReader> reader = FeatureReader::Open(folder_ / results / part.file);
      EXPECT_TRUE(reader) << reader.error().message;
      while (auto block = *reader->Next()) {
        for (const std::string& path : block->path) rows[path];
        for (std::size_t i = 0; i < block->good.size(); ++i) {
          const float* first = block->features.data() + 2 * i;
          rows[block->path[block->good[i]]] = {first, first + 2};
        }
      }
    }
    return rows;
  }

  const ScratchFolder folder_;

 private:
  void WriteModel() const {
    const ScratchFolder network;
    infer::SmallNetwork shape;
    shape.size = {16, 16};
    ModelDescription description = infer::WriteSmallNetwork(network, shape).description;
    std::filesystem::copy(network.path(), folder_ / "model");
    for (const char* file : {"model.xml", "model.bin"}) {
      description.files[file] = *models::Sha256OfFile(folder_ / "model" / file);
    }
    description.sha256 = description.files["model.bin"];
    description.licence = "none";
    folder_.Write("model/model.json", WriteDescription(description));
  }
};

}  // namespace coulis
