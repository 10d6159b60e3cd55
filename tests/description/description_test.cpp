#include "description/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace coulis {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

const std::string kHashA(64, 'a');
const std::string kHashB(64, 'b');

ModelDescription Example() {
  ModelDescription model;
  model.name = "example-1.0";
  model.input_size = {224, 160};
  model.layout = "NHWC";
  model.mean = {123.675F, 116.28F, 103.53F};
  model.scale = {58.395F, 57.12F, 57.375F};
  model.feature_length = 1280;
  model.licence = "MIT";
  model.source = "made up, for a test";
  model.files = {{"model.onnx", kHashA}, {"model.xml", kHashB}, {"model.bin", kHashB}};
  model.sha256 = kHashA;
  model.network = "model.xml";
  return model;
}

void ExpectRefused(const char* name, const Json& value) {
  Json object = Json::parse(WriteDescription(Example()));
  object[name] = value;
  const Result<ModelDescription> read = ParseModelDescription(object.dump());
  ASSERT_FALSE(read) << object.dump();
  EXPECT_EQ(read.error().code, ErrorCode::kBadModel);
  EXPECT_THAT(read.error().message, HasSubstr(name)) << value;
}

TEST(Description, ReadsWhatItWrote) {
  const ModelDescription written = Example();
  const Result<ModelDescription> read = ParseModelDescription(WriteDescription(written));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name, written.name);
  EXPECT_EQ(read->input_size, written.input_size);
  EXPECT_EQ(read->layout, written.layout);
  EXPECT_EQ(read->mean, written.mean);
  EXPECT_EQ(read->scale, written.scale);
  EXPECT_EQ(read->resize_filter, written.resize_filter);
  EXPECT_EQ(read->feature_length, written.feature_length);
  EXPECT_EQ(read->licence, written.licence);
  EXPECT_EQ(read->source, written.source);
  EXPECT_EQ(read->files, written.files);
  EXPECT_EQ(read->sha256, written.sha256);
  EXPECT_EQ(read->network, written.network);
}

TEST(Description, ReadsWhatOnlyImportedModelsHave) {
  ModelDescription written = Example();
  written.takes_u8 = true;
  written.resize_filter = ResizeFilter::kBilinear;
  written.resize_shorter_side = 256;
  written.layer = "pool";
  const Result<ModelDescription> read = ParseModelDescription(WriteDescription(written));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->takes_u8);
  EXPECT_EQ(read->fit(), written.fit());
  EXPECT_EQ(read->layer, "pool");
  EXPECT_EQ(PreprocessingText(*read), PreprocessingText(written));
}

TEST(Description, PreprocessingTextTellsAllOfItApart) {
  const ModelDescription plain = Example();
  std::vector<ModelDescription> others(6, plain);
  others[0].input_size.width = 225;
  others[1].mean[1] += 1e-5F;
  others[2].scale[2] = 1;
  others[3].resize_filter = ResizeFilter::kBilinear;
  others[4].resize_shorter_side = 256;
  others[5].takes_u8 = true;
  for (const ModelDescription& other : others) EXPECT_NE(PreprocessingText(other), PreprocessingText(plain));
}

TEST(Description, EveryValueIsNeeded) {
  const Json whole = Json::parse(WriteDescription(Example()));
  for (const auto& [name, value] : whole.items()) {
    Json without = whole;
    without.erase(name);
    const Result<ModelDescription> read = ParseModelDescription(without.dump());
    ASSERT_FALSE(read) << name;
    EXPECT_THAT(read.error().message, HasSubstr("\"" + name + "\""));
  }
}

TEST(Description, ValuesOutOfRangeAreRefused) {
  ExpectRefused("format", 2);
  ExpectRefused("width", 0);
  ExpectRefused("height", 1'000'000);
  ExpectRefused("height", 224.5);
  ExpectRefused("layout", "CHWN");
  ExpectRefused("mean", {1, 2});
  ExpectRefused("mean", {1, 2, "3"});
  ExpectRefused("scale", {1, 0, 1});
  ExpectRefused("scale", {1, 1e300, 1});
  ExpectRefused("resize_filter", "nearest");
  ExpectRefused("resize_shorter_side", 0);
  ExpectRefused("input_type", "i8");
  ExpectRefused("layer", 3);
  ExpectRefused("feature_length", -1);
  ExpectRefused("sha256", std::string(64, 'C'));
  ExpectRefused("name", "../name");
}

TEST(Description, FilesOutsideTheFolderAreRefused) {
  for (const char* file : {"../model.bin", "/etc/passwd", "a/b", "..", ".", "", ".hidden", "a\\b", "a\nb"}) {
    Json files = Json::parse(WriteDescription(Example()))["files"];
    files[file] = kHashA;
    ExpectRefused("files", files);
  }
  ExpectRefused("files", {{"model.xml", "not a hash"}});
  ExpectRefused("network", "../model.xml");
  ExpectRefused("network", "other.xml");
}

TEST(Description, AnythingButAnObjectIsRefused) {
  for (const std::string text : {"", "[]", "3", "{", "{\"name\": \"x\"", "\xff\xfe", "null"}) {
    EXPECT_FALSE(ParseModelDescription(text)) << text;
  }
  EXPECT_FALSE(ParseModelDescription(std::string(100'000, '[')));
}

}  // namespace
}  // namespace coulis
