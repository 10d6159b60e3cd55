#include "models/torch_pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "torch_file.h"

namespace coulis::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void ExpectRefused(const TorchFile& file, const std::string& because) {
  const Result<TorchTensors> read = ReadTorchPickle(AsBytes(Bytes(file)));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kBadModel);
  EXPECT_THAT(read.error().message, HasSubstr(because));
}

// The file with one thing changed.
void ExpectRefusedWith(const std::function<void(TorchFile&)>& change, const std::string& because) {
  TorchFile file = TwoTensors();
  change(file);
  SCOPED_TRACE(because);
  ExpectRefused(file, because);
}

TEST(TorchPickle, TensorsComeOutAsTheyWent) {
  const Result<TorchTensors> read = ReadTorchPickle(AsBytes(Bytes(TwoTensors())));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_THAT(read->at("weight").shape, ElementsAre(2, 3));
  EXPECT_THAT(read->at("weight").values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(read->at("bias").shape, ElementsAre(2));
  EXPECT_THAT(read->at("bias").values, ElementsAre(7, 8));
}

TEST(TorchPickle, CountersAreLeftOut) {
  TorchFile file;
  file.entries.push_back(
      {.name = "counter", .storage_type = "LongStorage", .storage_count = 1, .shape = {}, .strides = {}});
  file.storages = {{"0", Raw(123, 8)}};
  file.item_size = 8;
  const Result<TorchTensors> read = ReadTorchPickle(AsBytes(Bytes(file)));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->empty());
}

TEST(TorchPickle, CutAnywhereIsRefused) {
  const std::string whole = Bytes(TwoTensors());
  ASSERT_TRUE(ReadTorchPickle(AsBytes(whole)));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    const Result<TorchTensors> read = ReadTorchPickle(AsBytes(cut));
    ASSERT_FALSE(read) << "cut to " << length << " bytes";
    EXPECT_EQ(read.error().code, ErrorCode::kBadModel);
  }
}

// Whatever the bytes are, the reader ends with tensors or an error; the sanitizer builds see the rest.
TEST(TorchPickle, AnyChangedByteIsReadOrRefused) {
  const std::string whole = Bytes(TwoTensors());
  std::mt19937 random(1);
  for (std::size_t place = 0; place < whole.size(); ++place) {
    for (int i = 0; i < 24; ++i) {
      std::string changed = whole;
      changed[place] = static_cast<char>(random());
      if (i % 2 == 1) changed[random() % changed.size()] = static_cast<char>(random());
      const Result<TorchTensors> read = ReadTorchPickle(AsBytes(changed));
      EXPECT_TRUE(read || read.error().code == ErrorCode::kBadModel);
    }
  }
}

TEST(TorchPickle, StoragesThatDoNotFitAreRefused) {
  ExpectRefusedWith([](TorchFile& f) { f.storages.pop_back(); }, "list of storages");
  ExpectRefusedWith([](TorchFile& f) { f.storages[0].first = "c"; }, "unknown storage");
  ExpectRefusedWith([](TorchFile& f) { f.storages[0] = f.storages[1]; }, "unknown storage");
  ExpectRefusedWith([](TorchFile& f) { f.storages[0].second += RawFloats({1}); }, "another size");
  ExpectRefusedWith([](TorchFile& f) { f.entries[0].storage_count = 0x7fffffff; }, "another size");
  ExpectRefusedWith([](TorchFile& f) { f.entries[0].storage_count = -1; }, "storage");
  ExpectRefusedWith([](TorchFile& f) { f.entries[1].storage = "a"; }, "two ways");
  ExpectRefusedWith([](TorchFile& f) { f.entries[0].storage_type = "HalfStorage"; }, "torch.HalfStorage");
}

TEST(TorchPickle, TensorsOutsideTheirStorageAreRefused) {
  ExpectRefusedWith([](TorchFile& f) { f.entries[1].offset = 2; }, "inside its storage");
  ExpectRefusedWith([](TorchFile& f) { f.entries[1].offset = -1; }, "shape");
  ExpectRefusedWith([](TorchFile& f) { f.entries[0].shape = {3, 3}; }, "inside its storage");
  ExpectRefusedWith([](TorchFile& f) { f.entries[0].shape = {-2, -3}; }, "shape");
  ExpectRefusedWith([](TorchFile& f) { f.entries[0].strides = {1, 2}; }, "one piece");
  ExpectRefusedWith([](TorchFile& f) { f.entries[0].strides = {1}; }, "one piece");
  ExpectRefusedWith(
      [](TorchFile& f) {
        f.entries[0].shape.assign(5, 0x7fffffff);
        f.entries[0].strides.assign(5, 1);
      },
      "one piece");
}

TEST(TorchPickle, TensorsThatShareOneStorageCannotFillTheMemory) {
  TorchFile file;
  constexpr std::int32_t kCount = 10'000;
  for (int i = 0; i < 100; ++i) {
    file.entries.push_back(
        {.name = "t" + std::to_string(i), .storage_count = kCount, .shape = {kCount}, .strides = {1}});
  }
  file.storages = {{"0", std::string(kCount * sizeof(float), '\0')}};
  ExpectRefused(file, "share their storages");
}

TEST(TorchPickle, OtherFilesAreRefused) {
  ExpectRefusedWith([](TorchFile& f) { f.protocol = 1000; }, "protocol");
  ExpectRefusedWith([](TorchFile& f) { f.little_endian = false; }, "little-endian");
  for (const std::string& other :
       {std::string("PK\x03\x04"), std::string(), std::string("hello, I am weights")}) {
    const Result<TorchTensors> read = ReadTorchPickle(AsBytes(other));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("legacy format"));
  }
  const Result<TorchTensors> more = ReadTorchPickle(AsBytes(Bytes(TwoTensors()) + "more"));
  ASSERT_FALSE(more);
  EXPECT_THAT(more.error().message, HasSubstr("4 bytes follow"));
}

TEST(TorchPickle, HostilePickleIsRefusedByName) {
  const std::string system =
      op::kBegin + "}" + op::kMark + op::Text("little_endian") + "\x88" + "u" + op::kStop;
  const std::string hostile =
      op::kBegin + op::Global("os", "system") + op::Text("id") + "\x85" + op::kReduce + op::kStop;
  const std::string file = kTorchMagic + op::kBegin + op::Integer(1001) + op::kStop + system + hostile;
  const Result<TorchTensors> read = ReadTorchPickle(AsBytes(file));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kBadModel);
  EXPECT_THAT(read.error().message, HasSubstr("os.system"));
}

}  // namespace
}  // namespace coulis::models
