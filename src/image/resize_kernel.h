// The inner loops of the resize. One set of functions per instruction set; all give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coulis/image.h"
#include "image/resize_weights.h"

namespace coulis::image {

/// Readable bytes that a row must have behind its last pixel, and writable bytes behind the last pixel of a
/// row that the horizontal pass writes: the kernels load and store whole vectors.
inline constexpr std::size_t kRowPadding = 64;

/// Kernels may compute this many output pixels at a time.
inline constexpr int kPixelGroup = 4;

/// The weights of an axis in the order that a kernel wants: per output pixel taps / kTapGroup groups of 4
/// words. Behind the last output pixel, up to a multiple of kPixelGroup, follow pixels that see the same
/// window with weights of 0.
struct Axis {
  AxisWeights weights;
  std::vector<std::int32_t> packed;

  [[nodiscard]] int groups() const { return weights.taps / kTapGroup; }
  [[nodiscard]] const std::int32_t* PackedOf(int index) const {
    return packed.data() + static_cast<std::size_t>(index) * static_cast<std::size_t>(weights.taps);
  }
};

/// Rounds and clips a sum in fixed point to 8 bits; the start value of every sum is kRoundHalf.
inline constexpr std::int32_t kRoundHalf = 1 << (kWeightBits - 1);

/// One instruction set's functions.
struct ResizeKernelFunctions {
  /// Turns the weights of one group into the kernel's own 4 words.
  void (*pack)(const std::int32_t* group, std::int32_t* packed);

  /// Horizontal pass over one RGB row: axis.weights.out pixels to `out`.
  void (*horizontal)(const Axis& axis, const std::uint8_t* row, std::uint8_t* out);

  /// Vertical pass for one output row: `rows` holds groups * kTapGroup pointers to rows of `bytes` bytes (+
  /// kRowPadding); writes exactly `bytes` bytes.
  void (*vertical)(const std::int32_t* packed, int groups, const std::uint8_t* const* rows, std::size_t bytes,
                   std::uint8_t* out);
};

/// The functions of a kernel that is among AvailableResizeKernels().
[[nodiscard]] const ResizeKernelFunctions& FunctionsOf(ResizeKernel kernel);

/// The fastest kernel that this processor runs.
[[nodiscard]] ResizeKernel FastestResizeKernel();

/// Computes and packs the weights of one axis.
[[nodiscard]] Axis MakeAxis(const AxisRequest& request, const ResizeKernelFunctions& kernel);

extern const ResizeKernelFunctions kScalarFunctions;
extern const ResizeKernelFunctions kAvx2Functions;    // built on x86-64 only
extern const ResizeKernelFunctions kAvx512Functions;  // built on x86-64 only; needs BW, VL and VNNI
extern const ResizeKernelFunctions kNeonFunctions;    // built on aarch64 only

}  // namespace coulis::image
