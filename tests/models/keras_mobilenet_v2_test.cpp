#include "models/keras_mobilenet_v2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "environment.h"
#include "keras_h5.h"
#include "scratch_folder.h"

namespace coulis::models {
namespace {

using testing::HasSubstr;

std::string Content(const std::filesystem::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

Result<ImportedModel> Import(const std::string& content, std::optional<ImageSize> size = std::nullopt) {
  return ImportKerasMobileNetV2(std::as_bytes(std::span(content)), size);
}

/// Makes the content of a file that a function writes.
std::string File(const std::function<void(H5Writer&)>& write) {
  const ScratchFolder folder;
  {
    H5Writer file(folder / "file.h5");
    write(file);
  }
  return Content(folder / "file.h5");
}

std::string Classic(const std::vector<H5Layer>& layers) {
  return File([&](H5Writer& file) { WriteClassic(file, layers); });
}

Error ErrorOf(const std::string& content) {
  const Result<ImportedModel> model = Import(content);
  if (model) return {ErrorCode::kInternal, "it was imported"};
  EXPECT_EQ(model.error().message.find('\n'), std::string::npos);
  return model.error();
}

TEST(KerasMobileNetV2, EveryLayoutGivesTheSameModel) {
  const auto layers = SmallestMobileNetV2(10);
  const Result<ImportedModel> classic = Import(Classic(layers));
  const Result<ImportedModel> whole =
      Import(File([&](H5Writer& file) { WriteClassic(file, layers, "/model_weights"); }));
  const Result<ImportedModel> keras3 = Import(File([&](H5Writer& file) { WriteKeras3(file, layers); }));
  ASSERT_TRUE(classic) << classic.error().message;
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_TRUE(keras3) << keras3.error().message;
  EXPECT_TRUE(classic->onnx == whole->onnx && classic->onnx == keras3->onnx);
  EXPECT_EQ(classic->variant.classes, 10);
  EXPECT_EQ(classic->description.feature_length, 1280);
  EXPECT_EQ(classic->description.input_size, (ImageSize{224, 224}));
}

TEST(KerasMobileNetV2, SizeIsTheOneAskedForElseTheFilesOwn) {
  const std::string content = File([](H5Writer& file) {
    WriteClassic(file, SmallestMobileNetV2());
    file.Texts("/", "model_config",
               {R"({"config": {"layers": [{"config": {"batch_shape": [null, 96, 128, 3]}}]}})"});
  });
  EXPECT_EQ(Import(content)->description.input_size, (ImageSize{128, 96}));
  EXPECT_EQ(Import(content, ImageSize{97, 64})->description.input_size, (ImageSize{97, 64}));
  EXPECT_EQ(Import(content, ImageSize{31, 64}).error().code, ErrorCode::kInvalidArgument);
}

TEST(KerasMobileNetV2, NamesInTheFileDoNotMatter) {
  auto layers = SmallestMobileNetV2();
  const Result<ImportedModel> own_names = Import(Classic(layers));
  for (std::size_t i = 0; i < layers.size(); ++i) layers[i].name = "layer" + std::to_string(i);
  const Result<ImportedModel> renamed = Import(Classic(layers));
  ASSERT_TRUE(renamed) << renamed.error().message;
  EXPECT_EQ(renamed->onnx.size(), own_names->onnx.size());
}

TEST(KerasMobileNetV2, MissingLayerIsNamed) {
  const auto whole = SmallestMobileNetV2();
  for (const std::size_t place : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
    auto layers = whole;
    layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(place));
    for (const std::string& content :
         {Classic(layers), File([&](H5Writer& file) { WriteKeras3(file, layers); })}) {
      EXPECT_EQ(ErrorOf(content).code, ErrorCode::kBadModel);
      EXPECT_THAT(ErrorOf(content).message, HasSubstr("not "));
    }
    EXPECT_THAT(ErrorOf(Classic(layers)).message, HasSubstr(whole[place].name));
  }
}

TEST(KerasMobileNetV2, AnotherArchitectureIsRefused) {
  auto layers = SmallestMobileNetV2();
  layers[2].weights[0].shape = {5, 5, 8, 1};
  EXPECT_THAT(ErrorOf(Classic(layers)).message,
              HasSubstr("expanded_conv_depthwise.weight has another shape"));
  layers = SmallestMobileNetV2();
  layers[4].weights[0].shape[3] = 24;
  EXPECT_THAT(ErrorOf(Classic(layers)).message, HasSubstr("no width"));
  layers = SmallestMobileNetV2(10);
  layers.push_back({"more", "dense", {{"kernel", {10, 2}}, {"bias", {2}}}});
  EXPECT_THAT(ErrorOf(Classic(layers)).message, HasSubstr("one layer too many, more [10, 2] [2]"));
  EXPECT_THAT(ErrorOf(File([](H5Writer&) {})).message, HasSubstr("not of Keras"));
  EXPECT_EQ(ErrorOf("hello").code, ErrorCode::kBadModel);
  EXPECT_EQ(ErrorOf("").code, ErrorCode::kBadModel);
}

TEST(KerasMobileNetV2, CutFileIsABadModel) {
  const std::string whole = Classic(SmallestMobileNetV2());
  for (int part = 0; part < 20; ++part) {
    EXPECT_EQ(ErrorOf(whole.substr(0, whole.size() * static_cast<std::size_t>(part) / 20)).code,
              ErrorCode::kBadModel);
  }
}

// Whatever the library makes of it, this process lives.
TEST(KerasMobileNetV2, DamagedFileIsNeverACrash) {
  const std::string whole = Classic(SmallestMobileNetV2());
  for (std::size_t at = 0; at < 4096; at += 256) {
    std::string damaged = whole;
    for (std::size_t i = at; i < at + 16; ++i) damaged[i] = static_cast<char>(0xff);
    const Result<ImportedModel> model = Import(damaged);
    if (model) continue;
    EXPECT_EQ(model.error().code, ErrorCode::kBadModel);
    EXPECT_EQ(model.error().message.find('\n'), std::string::npos);
  }
}

TEST(KerasMobileNetV2, NumbersThatAreNotFiniteAreRefused) {
  std::string content = Classic(SmallestMobileNetV2());
  const std::vector<float> values = ValuesFor("Conv_1_bn", {"beta", {1280}});
  const std::string raw(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  const std::size_t at = content.find(raw);
  ASSERT_NE(at, std::string::npos);
  const float nan = std::nanf("");
  content.replace(at, sizeof(nan), reinterpret_cast<const char*>(&nan), sizeof(nan));
  EXPECT_THAT(ErrorOf(content).message, HasSubstr("not finite"));
}

TEST(KerasMobileNetV2, NothingOutsideTheFileIsRead) {
  const ScratchFolder folder;
  folder.Write("other", std::string(8 * 4, 'x'));
  {
    H5Writer(folder / "other.h5").Floats("/w", {8}, std::vector<float>(8, 1));
  }
  const std::string linked = File([&](H5Writer& file) {
    WriteClassic(file, {{"bn", "", {{"gamma", {8}}}}});
    H5Ldelete(file.id(), "/bn/bn/gamma:0", H5P_DEFAULT);
    H5Lcreate_external((folder / "other.h5").c_str(), "/w", file.id(), "/bn/bn/gamma:0", H5P_DEFAULT,
                       H5P_DEFAULT);
  });
  EXPECT_THAT(ErrorOf(linked).message, HasSubstr("gamma:0 is missing"));
  const std::string stored = File([&](H5Writer& file) {
    WriteClassic(file, {{"bn", "", {{"gamma", {8}}}}});
    H5Ldelete(file.id(), "/bn/bn/gamma:0", H5P_DEFAULT);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(properties, (folder / "other").c_str(), 0, 32);
    const hsize_t count = 8;
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    H5Dclose(H5Dcreate2(file.id(), "/bn/bn/gamma:0", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, properties,
                        H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(properties);
  });
  EXPECT_THAT(ErrorOf(stored).message, HasSubstr("not supported"));
}

TEST(MobileNetV2Width, IsFoundFromItsChannels) {
  for (const double width : {0.35, 0.5, 0.75, 1.0, 1.3, 1.4}) {
    EXPECT_EQ(FindMobileNetV2Width(MobileNetV2Channels(width)), width);
  }
  std::vector<int> channels = MobileNetV2Channels(1);
  channels[3] += 8;
  EXPECT_EQ(FindMobileNetV2Width(channels), std::nullopt);
}

class ImportModelTest : public testing::Test {
 protected:
  ImportModelTest() : models_("COULIS_MODELS", (folder_ / "models").string()) {
    file_ = folder_.Write("fruit.weights.h5",
                          File([](H5Writer& file) { WriteKeras3(file, SmallestMobileNetV2(3)); }));
  }

  [[nodiscard]] ImportOptions Options() const {
    ImportOptions options;
    options.file = file_;
    options.arch = "mobilenet_v2";
    return options;
  }

  ScratchFolder folder_;
  ScopedVariable models_;
  std::filesystem::path file_;
};

TEST_F(ImportModelTest, InstallsUnderTheFilesNameOnce) {
  const Result<Model> model = ImportModel(Options());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->description.name, "fruit");
  EXPECT_THAT(model->description.source, HasSubstr("fruit.weights.h5 (sha256 "));
  EXPECT_EQ(ImportModel(Options()).error().code, ErrorCode::kAlreadyExists);
  ImportOptions again = Options();
  again.force = true;
  EXPECT_TRUE(ImportModel(again));
}

TEST_F(ImportModelTest, WhatCannotBeImportedLeavesNothing) {
  ImportOptions options = Options();
  options.arch = "";
  EXPECT_THAT(ImportModel(options).error().message, HasSubstr("--arch"));
  options.arch = "resnet";
  EXPECT_EQ(ImportModel(options).error().code, ErrorCode::kInvalidArgument);
  options = Options();
  options.file = folder_ / "missing.h5";
  EXPECT_EQ(ImportModel(options).error().code, ErrorCode::kNotFound);
  options.file = folder_.Write("text.h5", "hello");
  EXPECT_EQ(ImportModel(options).error().code, ErrorCode::kBadModel);
  options.name = "../climbing";
  EXPECT_EQ(ImportModel(options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "models"));
}

TEST_F(ImportModelTest, ExportedOnnxIsTheModelsOwn) {
  ASSERT_TRUE(ImportModel(Options()));
  const auto target = folder_ / "out.onnx";
  const Result<Model> model = ExportOnnx("fruit", target);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE(Content(target) == Content(model->folder / "model.onnx"));
  EXPECT_EQ(ExportOnnx("fruit", target).error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(ExportOnnx("fruit", target, /*overwrite=*/true));
  EXPECT_EQ(ExportOnnx("fruit", folder_.path()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ExportOnnx("vegetable", target).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ExportOnnx("fruit", folder_ / "no" / "folder.onnx").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace coulis::models
