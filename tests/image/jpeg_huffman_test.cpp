#include "image/jpeg_huffman.h"

#include <gtest/gtest.h>

#include <vector>

namespace coulis::image {
namespace {

// Codes: 00 ends the block; 010: one coefficient of 1 bit; 011: one zero, 2 bits; 100: sixteen zeros; and one
// of 14 bits, beyond what is looked up: 10100000000000: three zeros, 1 bit.
struct Table {
  std::array<std::uint8_t, 17> counts{};
  std::array<std::uint8_t, 256> symbols{0x00, 0x01, 0x12, 0xF0, 0x31};
  Table() {
    counts[2] = 1;
    counts[3] = 3;
    counts[14] = 1;
  }
};

// "010 1": the bits, filled up with ones, as bytes; `marker` behind them.
std::vector<std::byte> Bytes(const std::string& text, std::uint8_t marker = 0xD9) {
  std::string bits;
  for (const char c : text) {
    if (c != ' ') bits += c;
  }
  bits.resize((bits.size() + 7) / 8 * 8, '1');
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < bits.size(); i += 8) {
    bytes.push_back(static_cast<std::byte>(std::stoi(bits.substr(i, 8), nullptr, 2)));
    if (bytes.back() == std::byte{0xFF}) bytes.push_back(std::byte{0});
  }
  bytes.push_back(std::byte{0xFF});
  bytes.push_back(static_cast<std::byte>(marker));
  return bytes;
}

class JpegHuffmanCodes : public testing::Test {
 protected:
  const std::optional<JpegHuffman> table_ = JpegHuffman::Of(Table().counts, Table().symbols);

  // Whether a block was passed over, and whether the scan ends right behind it.
  std::pair<bool, bool> Skip(const std::string& text) const {
    const std::vector<std::byte> bytes = Bytes(text);
    JpegBits bits(bytes);
    const bool skipped = table_->SkipBlock(bits) && !bits.Overrun();
    return {skipped, skipped && bits.TakeMarker() == 0xD9};
  }

  static std::string Times(int count, const std::string& text) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
  }
};

TEST_F(JpegHuffmanCodes, CoefficientsComeOneByOne) {
  const std::vector<std::byte> bytes = Bytes("010 1  010 0  011 01  10100000000000 1  100  00");
  JpegBits bits(bytes);
  const int expected[][2] = {{0, 1}, {0, -1}, {1, -2}, {3, 1}, {15, 0}, {JpegHuffman::kEnd, 0}};
  for (const auto& [zeros, value] : expected) {
    bits.Fill();
    const JpegHuffman::Coefficient found = table_->TakeCoefficient(bits);
    EXPECT_GT(found.bits, 0);
    EXPECT_EQ(found.zeros, zeros);
    EXPECT_EQ(found.value, value);
  }
  EXPECT_EQ(bits.TakeMarker(), 0xD9);
}

TEST_F(JpegHuffmanCodes, ABlockIsPassedOverToTheBit) {
  const std::pair<bool, bool> whole(true, true);
  EXPECT_EQ(Skip("00"), whole);
  EXPECT_EQ(Skip("010 1 011 10 00"), whole);
  EXPECT_EQ(Skip(Times(20, "010 1") + "10100000000000 1" + Times(9, "011 00") + "00"), whole);
  EXPECT_EQ(Skip(Times(62, "010 1") + "00"), whole);
}

TEST_F(JpegHuffmanCodes, ABlockThatIsFullHasNoEnd) {
  EXPECT_EQ(Skip(Times(63, "010 0")), std::pair(true, true));
  EXPECT_EQ(Skip(Times(3, "100") + Times(15, "010 1")), std::pair(true, true));
  EXPECT_EQ(Skip(Times(63, "010 0") + "00 00 00 00 00"), std::pair(true, false)) << "more than one block";
}

TEST_F(JpegHuffmanCodes, DamageIsNoticed) {
  EXPECT_FALSE(Skip("11111111 11111111 00").first) << "no code";
  EXPECT_FALSE(Skip(Times(4, "100") + "010 1").first) << "more than 63 coefficients";
  EXPECT_FALSE(Skip(Times(20, "010 1")).first) << "cut off";
}

TEST_F(JpegHuffmanCodes, CountsThatMakeNoCodeAreRefused) {
  Table table;
  table.counts[1] = 3;
  EXPECT_FALSE(JpegHuffman::Of(table.counts, table.symbols));
}

TEST(JpegBits, StuffedZerosAndLongRunsAreRead) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 100; ++i) {
    bytes.push_back(static_cast<std::byte>(i % 3 == 0 ? 0xFF : i));
    if (i % 3 == 0) bytes.push_back(std::byte{0});
  }
  JpegBits bits(bytes);
  for (int i = 0; i < 100; ++i) {
    bits.Fill();
    bits.Fill();  // Nothing to add.
    EXPECT_EQ(bits.Take(8), static_cast<std::uint32_t>(i % 3 == 0 ? 0xFF : i));
  }
  EXPECT_FALSE(bits.Overrun());
  bits.Fill();
  (void)bits.Take(1);
  EXPECT_TRUE(bits.Overrun());
}

}  // namespace
}  // namespace coulis::image
