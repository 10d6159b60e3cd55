#include "models/pickle_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "torch_file.h"

namespace coulis::models {
namespace {

using testing::HasSubstr;

void ExpectRefused(const std::string& pickle, const std::string& because) {
  const Result<Pickle> read = ReadPickle(AsBytes(pickle));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kBadModel);
  EXPECT_THAT(read.error().message, HasSubstr(because));
  EXPECT_EQ(read.error().message.find('\n'), std::string::npos);
}

TEST(PickleMachine, NumbersTextsAndContainersAreRead) {
  const std::string pickle = op::kBegin + op::kMark + "K\x07" + "M\xe9\x03" + op::Integer(-5) +
                             std::string("\x8a\x02\x00\xff", 4) + op::Text("fruit") + "\x88" + op::kNone +
                             op::kTuple + op::kStop;
  const Result<Pickle> read = ReadPickle(AsBytes(pickle + "what follows is not read"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->size, pickle.size());
  const auto* tuple = read->As<PickleSequence>(read->root);
  ASSERT_NE(tuple, nullptr);
  ASSERT_EQ(tuple->items.size(), 7U);
  EXPECT_EQ(*read->As<std::int64_t>(tuple->items[0]), 7);
  EXPECT_EQ(*read->As<std::int64_t>(tuple->items[1]), 1001);
  EXPECT_EQ(*read->As<std::int64_t>(tuple->items[2]), -5);
  EXPECT_EQ(*read->As<std::int64_t>(tuple->items[3]), -256);
  EXPECT_EQ(*read->As<std::string>(tuple->items[4]), "fruit");
  EXPECT_TRUE(*read->As<bool>(tuple->items[5]));
  EXPECT_NE(read->As<PickleNone>(tuple->items[6]), nullptr);
}

TEST(PickleMachine, StoredValuesAreTheSameValue) {
  const std::string list = std::string("]q\x05") + "h" + "\x05" + "a";  // A list that contains itself.
  const Result<Pickle> read = ReadPickle(AsBytes(op::kBegin + list + op::kStop));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->As<PickleSequence>(read->root)->items, testing::ElementsAre(read->root));
}

TEST(PickleMachine, HostileCallIsRefusedByName) {
  const std::string command = op::Text("touch /tmp/owned") + "\x85" + op::kReduce + op::kStop;
  ExpectRefused(op::kBegin + op::Global("os", "system") + command, "os.system");
  ExpectRefused(op::kBegin + op::Global("posix", "system") + command, "posix.system");
  ExpectRefused(op::kBegin + op::Global("builtins", "eval") + command, "builtins.eval");
  ExpectRefused(op::kBegin + op::Global("torch._utils", "_rebuild_tensor_v2.__globals__") + command,
                "not allowed");
  ExpectRefused(op::kBegin + op::Global("os\x1b[2J", "system") + command, "os?[2J.system");
}

TEST(PickleMachine, OnlyTensorsAreCalled) {
  ExpectRefused(op::kBegin + op::Global("torch", "FloatStorage") + ")R.", "torch.FloatStorage");
  ExpectRefused(op::kBegin + op::Global("collections", "OrderedDict") + op::Integer(1) + "\x85R.",
                "arguments");
  ExpectRefused(op::kBegin + op::Text("os.system") + ")R.", "not a function");
}

TEST(PickleMachine, EveryOtherOpcodeIsRefused) {
  const std::string allowed = ".(cqrhjN\x88\x89KMJ\x8aX)t\x85\x86\x87]ae}suRbQ\x80";
  int refused = 0;
  for (int opcode = 0; opcode < 256; ++opcode) {
    if (allowed.find(static_cast<char>(opcode)) != std::string::npos) continue;
    ExpectRefused(op::kBegin + static_cast<char>(opcode), "opcode " + std::to_string(opcode));
    ++refused;
  }
  EXPECT_EQ(refused, 256 - 30);
}

TEST(PickleMachine, OpcodesWithoutTheirValuesAreRefused) {
  for (const char* opcodes :
       {"t",     "a",  "s",  "u",    "e",   "R",    "b",    "Q",   ".",   "\x85",  "\x86", "\x87",
        "q\x01", "(a", "(s", "]N(a", ")Na", "]NNs", "}(Nu", "NN.", "(N.", "h\x09", "N(R"}) {
    SCOPED_TRACE(opcodes);
    EXPECT_FALSE(ReadPickle(AsBytes(op::kBegin + opcodes + op::kStop)));
  }
}

TEST(PickleMachine, LengthsBeyondTheEndAreRefused) {
  ExpectRefused(op::kBegin + "X\xff\xff\xff\xff" + "abc", "ends too early");
  ExpectRefused(op::kBegin + "\x8a\xff" + "abc", "ends too early");
  ExpectRefused(op::kBegin + std::string("\x8a\x09", 2) + std::string(9, '\x01'), "64 bits");
  ExpectRefused(op::kBegin + "ctorch", "ends too early");
  ExpectRefused("", "ends too early");
}

TEST(PickleMachine, NumberOfValuesIsBounded) {
  ExpectRefused(op::kBegin + std::string(std::size_t{3} << 20, 'N'), "too many values");
}

}  // namespace
}  // namespace coulis::models
