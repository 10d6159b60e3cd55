#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "coulis/engine.h"
#include "small_network.h"

namespace coulis::infer {
namespace {

std::string Content(const std::filesystem::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

void ExpectOneLine(const Result<Engine>& engine, ErrorCode code) {
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, code) << engine.error().message;
  EXPECT_EQ(engine.error().message.find('\n'), std::string::npos) << engine.error().message;
  EXPECT_LT(engine.error().message.size(), 500U);
}

TEST(DamagedNetwork, XmlCutAnywhereIsABadModel) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  const std::string whole = Content(folder / "model.xml");
  for (std::size_t length = 0; length + 1 < whole.size(); length += 97) {
    folder.Write("model.xml", whole.substr(0, length));
    ExpectOneLine(Engine::Load(model, {}), ErrorCode::kBadModel);
  }
}

TEST(DamagedNetwork, ConstantsCutAnywhereAreABadModel) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  const std::string whole = Content(folder / "model.bin");
  const std::size_t needed = 40;  // Weights and the axes that this layout uses.
  for (std::size_t length = 0; length < needed; ++length) {
    folder.Write("model.bin", whole.substr(0, length));
    ExpectOneLine(Engine::Load(model, {}), ErrorCode::kBadModel);
  }
}

TEST(DamagedNetwork, SizesThatContradictEachOtherAreABadModel) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  const std::string whole = Content(folder / "model.xml");
  const std::pair<std::string, std::string> changes[] = {
      {"shape=\"2,3,1,1\"", "shape=\"2,4,1,1\""},
      {"shape=\"2,3,1,1\"", "shape=\"2000000000,3,1,1\""},
      {"offset=\"24\"", "offset=\"18446744073709551600\""},
      {"size=\"24\"", "size=\"9000000000000000000\""},
      {"from-layer=\"3\"", "from-layer=\"99\""},
      {"type=\"ReduceMean\"", "type=\"Unheard\""},
      {"element_type=\"i64\"", "element_type=\"u99\""},
      {"version=\"11\"", "version=\"eleven\""},
  };
  for (const auto& [before, after] : changes) {
    std::string altered = whole;
    ASSERT_NE(altered.find(before), std::string::npos) << before;
    altered.replace(altered.find(before), before.size(), after);
    folder.Write("model.xml", altered);
    SCOPED_TRACE(after);
    ExpectOneLine(Engine::Load(model, {}), ErrorCode::kBadModel);
  }
}

TEST(DamagedNetwork, SomethingElseThanANetworkIsABadModel) {
  const ScratchFolder folder;
  const Model model = WriteSmallNetwork(folder);
  for (const std::string content : {"", "hello", "<net/>", "<net><layers/><edges/></net>", "{}"}) {
    folder.Write("model.xml", content);
    ExpectOneLine(Engine::Load(model, {}), ErrorCode::kBadModel);
  }
}

TEST(DamagedNetwork, MissingFileIsNotFound) {
  for (const std::string file : {"model.xml", "model.bin"}) {
    const ScratchFolder folder;
    const Model model = WriteSmallNetwork(folder);
    std::filesystem::remove(folder / file);
    ExpectOneLine(Engine::Load(model, {}), ErrorCode::kNotFound);
  }
}

}  // namespace
}  // namespace coulis::infer
