// The integer arithmetic of LiteRT's kernels (XNNPACK's on x86 and ARM) in 32-bit floats, which hold every
// integer up to 2^24. Adding and multiplying such integers is exact in any order, so the results are those
// integers whatever kernels the engine has for floats.
//
// Between steps stands a rounding that changes nothing: the engine would otherwise join a sum and the factor
// after it, (x + b) * s, to x * s + b * s, which rounds elsewhere.
#pragma once

#include <cstdint>
#include <openvino/core/node.hpp>
#include <openvino/core/shape.hpp>
#include <optional>
#include <vector>

namespace coulis::models {

/// Floats hold the integers from -kLargestInteger to kLargestInteger.
inline constexpr std::int64_t kLargestInteger = std::int64_t{1} << 24;

/// Numbers of 8 bits on a computed tensor: real = scale * (stored - zero_point).
struct Quantisation {
  float scale = 1;
  std::int64_t zero_point = 0;
  /// What the type can hold: -128..127 or 0..255.
  std::int64_t lowest = -128;
  std::int64_t highest = 127;

  /// Largest |stored - zero_point|.
  [[nodiscard]] std::int64_t largest() const;
};

/// Bounds of stored - zero_point.
struct Bounds {
  std::int64_t low;
  std::int64_t high;
};

using Value = ov::Output<ov::Node>;

/// One number, of any rank.
[[nodiscard]] Value Number(float value);

/// Numbers of the channels, for tensors [1, channels, 1, 1], or [1, channels] with `rank` 2.
[[nodiscard]] Value PerChannel(const std::vector<float>& values, std::size_t rank);

[[nodiscard]] Value Plus(const Value& a, const Value& b);
[[nodiscard]] Value Times(const Value& a, const Value& b);
/// To the nearest integer, of two as near to the even one.
[[nodiscard]] Value Rounded(const Value& value);
[[nodiscard]] Value Within(const Value& value, Bounds bounds);

/// The sum of `sums` and `bias`, rounded once to a float, as XNNPACK turns its 32-bit sums into floats. Each
/// of `sums` is exact; largest[c]: bound of |their sum| in channel c.
[[nodiscard]] Value WithBias(const std::vector<Value>& sums, const std::vector<std::int64_t>& largest,
                             const std::vector<std::int32_t>& bias);

/// round(sum * scale), bounded: XNNPACK's qs8 "fp32" requantisation, less the zero point.
[[nodiscard]] Value Requantised(const Value& sum, const std::vector<float>& scales, Bounds bounds);

/// XNNPACK's qs8 addition (xnn_init_qs8_add_minmax_scalar_params): both addends times factors of 20 bits,
/// shifted right. `a`, `b` and the result are stored - zero point. Nothing: the scales are too far apart for
/// it.
[[nodiscard]] std::optional<Value> AddQuantised(const Value& a, float a_scale, const Value& b, float b_scale,
                                                float scale, Bounds bounds);

/// XNNPACK's mean: `sum` of `count` values (stored - zero point), to `to`.
[[nodiscard]] Value MeanOfSum(const Value& sum, std::int64_t count, const Quantisation& from,
                              const Quantisation& to);

/// LiteRT's softmax over the last axis of `values` (stored - zero point): floats from a table, summed one
/// after the other.
[[nodiscard]] Value SoftmaxQuantised(const Value& values, const Quantisation& from, float beta,
                                     const Quantisation& to);

}  // namespace coulis::models
