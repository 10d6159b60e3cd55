#include "coulis/embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "image/tiny_images.h"
#include "small_network.h"

namespace coulis {
namespace {

using testing::HasSubstr;

class EmbedderOf : public testing::Test {
 protected:
  static std::vector<std::byte> Image(std::size_t number) {
    return test::FromHex(test::kTinyImages.at(number).file_hex);
  }

  [[nodiscard]] Engine Load(const infer::SmallNetwork& network = {}) const {
    Result<Engine> engine = Engine::Load(infer::WriteSmallNetwork(folder_, network), {});
    EXPECT_TRUE(engine) << engine.error().message;
    return *std::move(engine);
  }

  ScratchFolder folder_;
};

TEST_F(EmbedderOf, GivesWhatItsTwoStepsGive) {
  const Engine engine = Load();
  Result<Embedder> embedder = Embedder::Make(engine);
  ASSERT_TRUE(embedder);
  for (std::size_t number = 0; number < 4; ++number) {
    Result<InferRequest> request = engine.NewRequest();
    ASSERT_TRUE(request);
    Preprocessor preprocessor(engine.fit());
    const Result<ImageSize> size = preprocessor.Run(Image(number), request->input());
    ASSERT_TRUE(size);
    const Result<std::span<const float>> expected = request->Run();
    ASSERT_TRUE(expected);

    const Result<EmbeddedImage> embedded = embedder->Run(Image(number));
    ASSERT_TRUE(embedded);
    EXPECT_FALSE(embedded->error);
    EXPECT_EQ(embedded->size, *size);
    EXPECT_EQ(std::vector(embedded->features.begin(), embedded->features.end()),
              std::vector(expected->begin(), expected->end()));
  }
}

TEST_F(EmbedderOf, BadImageIsAValueAndTheNextOneIsNotHurt) {
  const Engine engine = Load();
  Result<Embedder> embedder = Embedder::Make(engine);
  ASSERT_TRUE(embedder);
  const Result<EmbeddedImage> first = embedder->Run(Image(0));
  ASSERT_TRUE(first);
  const std::vector<float> features(first->features.begin(), first->features.end());

  std::vector<std::byte> cut = Image(0);
  cut.resize(cut.size() / 2);
  for (const std::vector<std::byte>& bytes : {std::vector<std::byte>{}, cut}) {
    const Result<EmbeddedImage> bad = embedder->Run(bytes);
    ASSERT_TRUE(bad);
    ASSERT_TRUE(bad->error);
    EXPECT_EQ(bad->error->code, ErrorCode::kBadImage);
    EXPECT_TRUE(bad->features.empty());
    EXPECT_FALSE(bad->size);
  }
  const Result<EmbeddedImage> again = embedder->Run(Image(0));
  ASSERT_TRUE(again);
  EXPECT_EQ(std::vector(again->features.begin(), again->features.end()), features);
}

TEST_F(EmbedderOf, LimitsOfDecodingAreKept) {
  const Engine engine = Load();
  DecodeOptions decode;
  decode.limits.max_pixels = 5;  // The images have 6.
  Result<Embedder> embedder = Embedder::Make(engine, decode);
  ASSERT_TRUE(embedder);
  const Result<EmbeddedImage> embedded = embedder->Run(Image(0));
  ASSERT_TRUE(embedded);
  EXPECT_TRUE(embedded->error);
}

TEST_F(EmbedderOf, FeaturesThatAreNotFiniteAreAnErrorOfTheImageWithItsSize) {
  infer::SmallNetwork network;
  network.weights[0][1] = std::numeric_limits<float>::infinity();
  const Engine engine = Load(network);
  Result<Embedder> embedder = Embedder::Make(engine);
  ASSERT_TRUE(embedder);
  const Result<EmbeddedImage> embedded = embedder->Run(Image(0));
  ASSERT_TRUE(embedded);
  ASSERT_TRUE(embedded->error);
  EXPECT_THAT(embedded->error->message, HasSubstr("not finite"));
  EXPECT_EQ(embedded->size, (ImageSize{3, 2}));
  EXPECT_TRUE(embedded->features.empty());
}

}  // namespace
}  // namespace coulis
