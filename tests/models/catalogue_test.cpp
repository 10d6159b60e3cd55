#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "coulis/model.h"
#include "description/description.h"
#include "environment.h"
#include "models/sha256.h"
#include "scratch_folder.h"
#include "torch_file.h"

namespace coulis {
namespace {

using testing::HasSubstr;

// A whole model in `folder`/`name`; its network is just text, which the catalogue does not read.
void Install(const ScratchFolder& folder, const std::string& name) {
  ModelDescription model;
  model.name = name;
  model.input_size = {8, 8};
  model.layout = "NCHW";
  model.feature_length = 3;
  model.licence = "CC0";
  model.source = "a test";
  model.network = "model.xml";
  for (const std::string file : {"model.onnx", "model.xml", "model.bin"}) {
    folder.Write(name + "/" + file, "content of " + file);
    model.files[file] = *models::Sha256(models::AsBytes("content of " + file));
  }
  model.sha256 = model.files["model.onnx"];
  folder.Write(name + "/model.json", WriteDescription(model));
}

class Catalogue : public testing::Test {
 protected:
  Catalogue() : variable_("COULIS_MODELS", folder_.path().string()) { Install(folder_, "fruit"); }

  static Error ErrorOf(const std::string& name) {
    const Result<Model> model = OpenModel(name);
    return model ? Error{ErrorCode::kInternal, "it was opened"} : model.error();
  }

  ScratchFolder folder_;
  ScopedVariable variable_;
};

TEST_F(Catalogue, ModelOpensByNameAndByPath) {
  const std::string folder = (folder_ / "fruit").string();
  for (const std::string& name : {std::string("fruit"), folder, folder + "/", folder + "/model.json"}) {
    const Result<Model> model = OpenModel(name);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->description.name, "fruit");
    EXPECT_EQ(model->folder, folder);
  }
}

TEST_F(Catalogue, EveryFileIsVerified) {
  for (const std::string file : {"model.onnx", "model.xml", "model.bin"}) {
    Install(folder_, "fruit");
    folder_.Write("fruit/" + file, "Content of " + file);
    EXPECT_EQ(ErrorOf("fruit").code, ErrorCode::kBadModel);
    EXPECT_THAT(ErrorOf("fruit").message, HasSubstr(file + " was altered"));
    std::filesystem::remove(folder_ / "fruit" / file);
    EXPECT_EQ(ErrorOf("fruit").code, ErrorCode::kBadModel);
    EXPECT_THAT(ErrorOf("fruit").message, HasSubstr("No such file"));
  }
}

TEST_F(Catalogue, DamagedDescriptionIsABadModel) {
  for (const std::string json : {"", "{}", "{\"name\": \"fruit\"", "[]"}) {
    folder_.Write("fruit/model.json", json);
    EXPECT_EQ(ErrorOf("fruit").code, ErrorCode::kBadModel);
  }
  std::filesystem::remove(folder_ / "fruit" / "model.json");
  EXPECT_EQ(ErrorOf("fruit").code, ErrorCode::kBadModel);
}

TEST_F(Catalogue, ErrorsSayWhatToDo) {
  EXPECT_EQ(ErrorOf("mobilenet_v2").code, ErrorCode::kNotFound);
  EXPECT_THAT(ErrorOf("mobilenet_v2").message, HasSubstr("coulis models pull mobilenet_v2"));
  EXPECT_EQ(ErrorOf("nothing").code, ErrorCode::kNotFound);
  EXPECT_THAT(ErrorOf("nothing").message, HasSubstr("coulis models list"));
  Install(folder_, "mobilenet_v2");
  folder_.Write("mobilenet_v2/model.bin", "altered");
  EXPECT_THAT(ErrorOf("mobilenet_v2").message, HasSubstr("coulis models pull mobilenet_v2 --force"));
}

TEST_F(Catalogue, NamesCannotClimbOutOfTheFolder) {
  const ScratchFolder inside;
  Install(inside, "other");
  const ScopedVariable models("COULIS_MODELS", (inside / "models").string());
  EXPECT_EQ(ErrorOf("other").code, ErrorCode::kNotFound);
  EXPECT_EQ(ErrorOf("").code, ErrorCode::kNotFound);
}

TEST_F(Catalogue, ListingShowsInstalledKnownAndDamaged) {
  Install(folder_, "broken");
  folder_.Write("broken/model.bin", "altered");
  folder_.Write(".pull-abc/model.json", "{}");
  const std::vector<ModelListing> listings = ListModels();
  ASSERT_EQ(listings.size(), 4U);
  EXPECT_EQ(listings[0].name, "broken");
  EXPECT_FALSE(listings[0].installed);
  EXPECT_THAT(listings[0].problem, HasSubstr("altered"));
  EXPECT_EQ(listings[1].name, "fruit");
  EXPECT_TRUE(listings[1].installed);
  EXPECT_EQ(listings[1].licence, "CC0");
  ASSERT_TRUE(listings[1].description);
  EXPECT_EQ(listings[2].name, "keras_mobilenet_v2");
  EXPECT_EQ(listings[3].name, "mobilenet_v2");
  EXPECT_FALSE(listings[3].installed);
  EXPECT_EQ(listings[3].licence, "MIT");
  EXPECT_EQ(listings[3].problem, "");
}

TEST_F(Catalogue, ListingOfAMissingFolderShowsWhatCanBePulled) {
  const ScopedVariable models("COULIS_MODELS", (folder_ / "missing").string());
  ASSERT_EQ(ListModels().size(), 2U);
  EXPECT_EQ(ListModels()[1].name, "mobilenet_v2");
}

TEST(ModelsFolder, FollowsTheVariablesInOrder) {
  const ScopedVariable home("HOME", "/home/x");
  const ScopedVariable no_data("XDG_DATA_HOME", "");
  const ScopedVariable no_models("COULIS_MODELS", "");
  EXPECT_EQ(ModelsFolder(), "/home/x/.local/share/coulis/models");
  const ScopedVariable relative("XDG_DATA_HOME", "data");
  EXPECT_EQ(ModelsFolder(), "/home/x/.local/share/coulis/models");
  const ScopedVariable data("XDG_DATA_HOME", "/data");
  EXPECT_EQ(ModelsFolder(), "/data/coulis/models");
  const ScopedVariable models("COULIS_MODELS", "/m");
  EXPECT_EQ(ModelsFolder(), "/m");
}

}  // namespace
}  // namespace coulis
