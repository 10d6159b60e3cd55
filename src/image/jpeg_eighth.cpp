#include "image/jpeg_eighth.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "image/jpeg_bits.h"
#include "image/jpeg_huffman.h"
#include "image/row_sink.h"

namespace coulis::image {
namespace {

constexpr int kBlockSide = 8;
// Bits of a first coefficient.
constexpr int kLongestDc = 15;
constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kFirstRestart = 0xD0;

constexpr std::array<std::uint8_t, kBlockCoefficients> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

int DivideUp(int a, int b) {
  return (a + b - 1) / b;
}

// a / 2^bits, rounded.
int Descale(int a, int bits) {
  return (a + (1 << (bits - 1))) >> bits;
}

// Rows and columns of a block that count for two samples a side: the first and the odd ones.
constexpr int kKept = 5;
// Where the others go, which do not count.
constexpr std::uint8_t kAside = kKept * kKept;

// By place in zigzag: the place among those that are kept.
constexpr std::array<std::uint8_t, kBlockCoefficients> kKeptPlace = [] {
  std::array<std::uint8_t, kBlockCoefficients> places{};
  const auto kept = [](int line) { return line == 0 ? 0 : line % 2 == 1 ? line / 2 + 1 : -1; };
  for (std::size_t i = 0; i < places.size(); ++i) {
    const int row = kept(kZigzag[i] / kBlockSide);
    const int column = kept(kZigzag[i] % kBlockSide);
    places[i] = row < 0 || column < 0 ? kAside : static_cast<std::uint8_t>(row * kKept + column);
  }
  return places;
}();

// The dequantised coefficients that are kept, row by row.
using Block = std::array<std::int16_t, kAside + 1>;

// Samples of a component. Those of a block are `scale` x `scale`.
struct Plane {
  int across = 1;  // blocks of an MCU
  int down = 1;
  int scale = 1;
  int width = 0;
  std::vector<std::uint8_t> samples;

  std::uint8_t* At(int x, int y) { return samples.data() + static_cast<std::ptrdiff_t>(y) * width + x; }
  [[nodiscard]] const std::uint8_t* Row(int y) const {
    return samples.data() + static_cast<std::ptrdiff_t>(y) * width;
  }
};

// Twice what a real image has, dequantised or between the passes; few enough that no sum of them overflows.
bool IsPlausible(int coefficient) {
  constexpr int kLimit = 1 << 14;
  return coefficient > -kLimit && coefficient < kLimit;
}

// Beyond this range libjpeg wraps around; no real image gets there.
bool StoreSample(int value, std::uint8_t* sample) {
  *sample = static_cast<std::uint8_t>(std::clamp(value + 128, 0, 255));
  return value >= -512 && value < 512;
}

// Two samples of the reduced transform along one axis: the even part is the mean alone, the odd one is made
// of coefficients 1, 3, 5 and 7 with the factors sqrt(2) (c1 + c3 + c5 + c7) and so on, in 1/2^13, as in
// libjpeg's jidctred.c. Returns the odd part.
int OddPart(int one, int three, int five, int seven) {
  return one * 29692 - three * 10426 + five * 6967 - seven * 5906;
}

// The block's four quarters (jidctred.c, jpeg_idct_2x2).
bool StoreQuarters(const Block& block, Plane& plane, int x, int y) {
  constexpr int kFactorBits = 13;
  constexpr int kExtraBits = 2;  // of precision between the passes
  std::array<std::array<int, kKept>, 2> rows{};
  for (std::size_t column = 0; column < kKept; ++column) {
    const auto at = [&](std::size_t row) { return int{block[row * kKept + column]}; };
    const int even = at(0) * (1 << (kFactorBits + 2));
    const int odd = OddPart(at(1), at(2), at(3), at(4));
    rows[0][column] = Descale(even + odd, kFactorBits - kExtraBits + 2);
    rows[1][column] = Descale(even - odd, kFactorBits - kExtraBits + 2);
    if (!IsPlausible(rows[0][column]) || !IsPlausible(rows[1][column])) return false;
  }
  bool good = true;
  for (const int r : {0, 1}) {
    const auto& row = rows[static_cast<std::size_t>(r)];
    const int even = row[0] * (1 << (kFactorBits + 2));
    const int odd = OddPart(row[1], row[2], row[3], row[4]);
    std::uint8_t* out = plane.At(x, y + r);
    good &= StoreSample(Descale(even + odd, kFactorBits + kExtraBits + 3 + 2), out);
    good &= StoreSample(Descale(even - odd, kFactorBits + kExtraBits + 3 + 2), out + 1);
  }
  return good;
}

// One scan. All functions return false for what libjpeg had better look at.
class EighthDecoder {
 public:
  EighthDecoder(const jpeg_decompress_struct& info, std::span<const std::byte> scan)
      : info_(info), bits_(scan) {}

  bool Prepare() {
    const bool grey = info_.num_components == 1 && info_.jpeg_color_space == JCS_GRAYSCALE;
    const bool colour = info_.num_components == 3 && info_.jpeg_color_space == JCS_YCbCr;
    if (!(grey || colour) || info_.comps_in_scan != info_.num_components || info_.data_precision != 8 ||
        info_.progressive_mode || info_.arith_code || info_.CCIR601_sampling) {
      return false;
    }
    planes_.resize(static_cast<std::size_t>(info_.num_components));
    for (std::size_t c = 0; c < planes_.size(); ++c) {
      if (info_.cur_comp_info[c] != &info_.comp_info[c] || !TakeTables(info_.comp_info[c])) return false;
    }
    return colour ? ChooseSampling() : Allocate();
  }

  bool Decode() {
    int restarts = 0;
    auto left = info_.restart_interval;
    for (int y = 0; y < mcus_down_; ++y) {
      for (int x = 0; x < mcus_across_; ++x) {
        if (info_.restart_interval > 0 && left-- == 0) {
          if (bits_.TakeMarker() != kFirstRestart + restarts++ % 8) return false;
          std::fill(last_dc_.begin(), last_dc_.end(), 0);
          left = info_.restart_interval - 1;
        }
        if (!DecodeMcu(x, y) || bits_.Overrun()) return false;
      }
    }
    return bits_.TakeMarker() == kEndOfImage;
  }

  [[nodiscard]] RgbImage ToRgb() const;

 private:
  struct Tables {
    JpegHuffman dc;
    JpegHuffman ac;
    std::array<int, kBlockCoefficients> quantisers{};  // as the coefficients are stored: in zigzag
  };

  bool TakeTables(const jpeg_component_info& component) {
    const auto huffman = [](const JHUFF_TBL* table) -> std::optional<JpegHuffman> {
      if (table == nullptr) return std::nullopt;
      return JpegHuffman::Of(table->bits, table->huffval);
    };
    // libjpeg checks the numbers only as it begins to decode.
    const auto within = [](int number, int tables) { return number >= 0 && number < tables; };
    if (!within(component.quant_tbl_no, NUM_QUANT_TBLS) || !within(component.dc_tbl_no, NUM_HUFF_TBLS) ||
        !within(component.ac_tbl_no, NUM_HUFF_TBLS)) {
      return false;
    }
    const JQUANT_TBL* quantisers = info_.quant_tbl_ptrs[component.quant_tbl_no];
    std::optional<JpegHuffman> dc = huffman(info_.dc_huff_tbl_ptrs[component.dc_tbl_no]);
    std::optional<JpegHuffman> ac = huffman(info_.ac_huff_tbl_ptrs[component.ac_tbl_no]);
    if (quantisers == nullptr || !dc || !ac || dc->largest_symbol() > kLongestDc) return false;
    Tables& tables = tables_.emplace_back(Tables{*dc, *ac, {}});
    for (std::size_t i = 0; i < kZigzag.size(); ++i) tables.quantisers[i] = quantisers->quantval[kZigzag[i]];
    return true;
  }

  // Luma at once, twice or four times the resolution of both others. libjpeg decodes the smaller ones to more
  // samples a block where that makes up for it in both directions, and else repeats samples.
  bool ChooseSampling() {
    const jpeg_component_info* components = info_.comp_info;
    const int across = components[0].h_samp_factor;
    const int down = components[0].v_samp_factor;
    if (across > 2 || down > 2) return false;
    for (const int c : {1, 2}) {
      if (components[c].h_samp_factor != 1 || components[c].v_samp_factor != 1) return false;
      planes_[static_cast<std::size_t>(c)].scale = across == 2 && down == 2 ? 2 : 1;
    }
    planes_[0].across = across;
    planes_[0].down = down;
    return Allocate();
  }

  bool Allocate() {
    mcus_across_ = DivideUp(static_cast<int>(info_.image_width), kBlockSide * planes_[0].across);
    mcus_down_ = DivideUp(static_cast<int>(info_.image_height), kBlockSide * planes_[0].down);
    for (Plane& plane : planes_) {
      plane.width = mcus_across_ * plane.across * plane.scale;
      plane.samples.resize(static_cast<std::size_t>(plane.width) *
                           static_cast<std::size_t>(mcus_down_ * plane.down * plane.scale));
    }
    return true;
  }

  bool DecodeMcu(int mcu_x, int mcu_y) {
    for (std::size_t c = 0; c < planes_.size(); ++c) {
      Plane& plane = planes_[c];
      for (int y = 0; y < plane.down; ++y) {
        for (int x = 0; x < plane.across; ++x) {
          const int left = (mcu_x * plane.across + x) * plane.scale;
          const int top = (mcu_y * plane.down + y) * plane.scale;
          if (!(plane.scale == 1 ? DecodeMean(c, left, top) : DecodeQuarters(c, left, top))) return false;
        }
      }
    }
    return true;
  }

  // The first coefficient, dequantised, to `value`.
  bool TakeDc(std::size_t c, int& value) {
    bits_.Fill();
    const int size = tables_[c].dc.Symbol(bits_);
    if (size < 0) return false;
    last_dc_[c] += JpegHuffman::Extend(static_cast<int>(bits_.Take(size)), size);
    if (!IsPlausible(last_dc_[c])) return false;
    value = last_dc_[c] * tables_[c].quantisers[0];
    return IsPlausible(value);
  }

  bool DecodeMean(std::size_t c, int x, int y) {
    int dc = 0;
    return TakeDc(c, dc) && tables_[c].ac.SkipBlock(bits_) &&
           StoreSample(Descale(dc, 3), planes_[c].At(x, y));
  }

  bool DecodeQuarters(std::size_t c, int x, int y) {
    int dc = 0;
    if (!TakeDc(c, dc)) return false;
    Block block{static_cast<std::int16_t>(dc)};
    return TakeAc(tables_[c], bits_, block) && StoreQuarters(block, planes_[c], x, y);
  }

  static bool TakeAc(const Tables& tables, JpegBits& bits, Block& block) {
    for (int next = 1; next < kBlockCoefficients; ++next) {
      bits.Fill();
      const JpegHuffman::Coefficient found = tables.ac.TakeCoefficient(bits);
      next += found.zeros;
      if (next >= kBlockCoefficients) return next >= JpegHuffman::kEnd;
      const auto place = static_cast<std::size_t>(next);
      const int value = found.value * tables.quantisers[place];
      if (found.bits == 0 || !IsPlausible(value)) return false;
      block[kKeptPlace[place]] = static_cast<std::int16_t>(value);
    }
    return true;
  }

  const jpeg_decompress_struct& info_;
  JpegBits bits_;
  std::vector<Tables> tables_;  // by component
  std::vector<Plane> planes_;
  std::array<int, 3> last_dc_{};
  int mcus_across_ = 0;
  int mcus_down_ = 0;
};

std::uint8_t Clip(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

// JFIF's YCbCr to RGB, in 1/2^16 and rounded as in libjpeg's jdcolor.c.
void ConvertPixel(int luma, int cb, int cr, std::uint8_t* rgb) {
  constexpr int kHalf = 1 << 15;
  const int blue = cb - 128;
  const int red = cr - 128;
  rgb[0] = Clip(luma + ((91881 * red + kHalf) >> 16));
  rgb[1] = Clip(luma + ((-22554 * blue - 46802 * red + kHalf) >> 16));
  rgb[2] = Clip(luma + ((116130 * blue + kHalf) >> 16));
}

RgbImage EighthDecoder::ToRgb() const {
  const ImageSize size{DivideUp(static_cast<int>(info_.image_width), kBlockSide),
                       DivideUp(static_cast<int>(info_.image_height), kBlockSide)};
  RgbImage image{size,
                 std::vector<std::uint8_t>(RowBytes(size.width) * static_cast<std::size_t>(size.height))};
  std::uint8_t* pixel = image.pixels.data();
  const bool grey = planes_.size() == 1;
  const int across = grey ? 1 : planes_[0].across / planes_[1].scale;  // pixels that share a colour: 1 or 2
  const int down = grey ? 1 : planes_[0].down / planes_[1].scale;
  const int shift = across - 1;
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* luma = planes_[0].Row(y);
    const std::uint8_t* cb = grey ? nullptr : planes_[1].Row(y / down);
    const std::uint8_t* cr = grey ? nullptr : planes_[2].Row(y / down);
    for (int x = 0; x < size.width; ++x, pixel += 3) {
      if (grey) {
        std::fill_n(pixel, 3, luma[x]);
      } else {
        ConvertPixel(luma[x], cb[x >> shift], cr[x >> shift], pixel);
      }
    }
  }
  return image;
}

}  // namespace

std::optional<RgbImage> DecodeEighth(const jpeg_decompress_struct& info, std::span<const std::byte> scan) {
  EighthDecoder decoder(info, scan);
  if (!decoder.Prepare() || !decoder.Decode()) return std::nullopt;
  return decoder.ToRgb();
}

}  // namespace coulis::image
