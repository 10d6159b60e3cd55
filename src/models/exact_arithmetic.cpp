#include "models/exact_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <openvino/op/add.hpp>
#include <openvino/op/clamp.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/cum_sum.hpp>
#include <openvino/op/divide.hpp>
#include <openvino/op/floor.hpp>
#include <openvino/op/gather.hpp>
#include <openvino/op/multiply.hpp>
#include <openvino/op/reduce_max.hpp>
#include <openvino/op/round.hpp>
#include <openvino/op/subtract.hpp>

namespace coulis::models {
namespace {

Value Floored(const Value& value) {
  return std::make_shared<ov::op::v0::Floor>(value);
}

Value Integers(const std::vector<std::int64_t>& values, const ov::Shape& shape) {
  return ov::op::v0::Constant::create(ov::element::i64, shape, values);
}

// The factors of an addition: a * a_factor + b * b_factor, 2^shift times too large.
struct AdditionFactors {
  std::int64_t a;
  std::int64_t b;
  int shift;
};

std::optional<AdditionFactors> FactorsOf(float a, float b) {
  constexpr int kFactorBits = 20;
  const float larger = std::max(a, b);
  const auto usable = [](float ratio) { return ratio >= 0x1p-10F && ratio < 0x1p8F; };
  if (!usable(a) || !usable(b)) return std::nullopt;
  const int shift = kFactorBits - std::ilogb(larger);
  return AdditionFactors{std::lrint(std::ldexp(a, shift)), std::lrint(std::ldexp(b, shift)), shift};
}

}  // namespace

std::int64_t Quantisation::largest() const {
  return std::max(highest - zero_point, zero_point - lowest);
}

Value Number(float value) {
  return ov::op::v0::Constant::create(ov::element::f32, ov::Shape{}, {value});
}

Value PerChannel(const std::vector<float>& values, std::size_t rank) {
  ov::Shape shape(rank, 1);
  shape[1] = values.size();
  return ov::op::v0::Constant::create(ov::element::f32, shape, values);
}

Value Plus(const Value& a, const Value& b) {
  return std::make_shared<ov::op::v1::Add>(a, b);
}

Value Times(const Value& a, const Value& b) {
  return std::make_shared<ov::op::v1::Multiply>(a, b);
}

Value Rounded(const Value& value) {
  return std::make_shared<ov::op::v5::Round>(value, ov::op::v5::Round::RoundMode::HALF_TO_EVEN);
}

Value Within(const Value& value, Bounds bounds) {
  return std::make_shared<ov::op::v0::Clamp>(value, static_cast<double>(bounds.low),
                                             static_cast<double>(bounds.high));
}

Value WithBias(const std::vector<Value>& sums, const std::vector<std::int64_t>& largest,
               const std::vector<std::int32_t>& bias) {
  const std::size_t rank = sums[0].get_partial_shape().size();
  bool exact = sums.size() == 1;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    exact = exact && largest[c] + std::abs(std::int64_t{bias[c]}) <= kLargestInteger;
  }
  if (exact) return Rounded(Plus(sums[0], PerChannel({bias.begin(), bias.end()}, rank)));
  // As high * 2^12 + low, each exact; only the last addition rounds.
  constexpr int kLow = 12;
  std::vector<float> high_bias;
  std::vector<float> low_bias;
  for (const std::int32_t value : bias) {
    high_bias.push_back(static_cast<float>(value >> kLow));
    low_bias.push_back(static_cast<float>(value & ((1 << kLow) - 1)));
  }
  Value high = PerChannel(high_bias, rank);
  Value low = PerChannel(low_bias, rank);
  for (const Value& sum : sums) {
    const Value part = Floored(Times(Rounded(sum), Number(std::ldexp(1.0F, -kLow))));
    high = Plus(part, high);
    low = Plus(Plus(sum, Times(part, Number(-std::ldexp(1.0F, kLow)))), low);
  }
  return Rounded(Plus(Times(Rounded(high), Number(std::ldexp(1.0F, kLow))), Rounded(low)));
}

Value Requantised(const Value& sum, const std::vector<float>& scales, Bounds bounds) {
  return Within(Rounded(Times(sum, PerChannel(scales, sum.get_partial_shape().size()))), bounds);
}

std::optional<Value> AddQuantised(const Value& a, float a_scale, const Value& b, float b_scale, float scale,
                                  Bounds bounds) {
  const std::optional<AdditionFactors> factors = FactorsOf(a_scale / scale, b_scale / scale);
  if (!factors) return std::nullopt;
  // floor((a * fa + b * fb + half) / 2^shift), in two parts that floats hold: of each factor the lowest kLow
  // bits, and the others.
  constexpr int kLow = 11;
  const auto parts = [&](const auto& take) {
    return Plus(Times(a, Number(static_cast<float>(take(factors->a)))),
                Times(b, Number(static_cast<float>(take(factors->b)))));
  };
  const Value low = parts([](std::int64_t factor) { return factor % (1 << kLow); });
  const Value high = parts([](std::int64_t factor) { return factor >> kLow; });
  const Value carried = Floored(Times(low, Number(std::ldexp(1.0F, -kLow))));
  const Value half = Number(std::ldexp(1.0F, factors->shift - 1 - kLow));
  const Value sum = Plus(Plus(high, carried), half);
  return Within(Floored(Times(sum, Number(std::ldexp(1.0F, kLow - factors->shift)))), bounds);
}

Value MeanOfSum(const Value& sum, std::int64_t count, const Quantisation& from, const Quantisation& to) {
  const float scale = from.scale / to.scale * (1.0F / static_cast<float>(count));
  const auto zero_points = static_cast<float>(count * from.zero_point);
  const float zero_point = static_cast<float>(to.zero_point) - zero_points * scale;
  const Value stored = Rounded(Plus(sum, Number(zero_points)));
  // Bounds that change nothing keep the product and the sum apart, which the engine would round but once.
  const Value product = Within(Times(stored, Number(scale)), {-kLargestInteger, kLargestInteger});
  const Value mean = Rounded(Plus(product, Number(zero_point)));
  return Within(Plus(mean, Number(static_cast<float>(-to.zero_point))),
                {to.lowest - to.zero_point, to.highest - to.zero_point});
}

Value SoftmaxQuantised(const Value& values, const Quantisation& from, float beta, const Quantisation& to) {
  constexpr int kLevels = 256;
  std::vector<float> table;
  for (int below = 0; below < kLevels; ++below) {
    table.push_back(std::exp(-from.scale * beta * static_cast<float>(below)));
  }
  const Value last = Integers({-1}, {1});
  const Value largest = std::make_shared<ov::op::v1::ReduceMax>(values, last, true);
  const Value below = std::make_shared<ov::op::v0::Convert>(
      std::make_shared<ov::op::v1::Subtract>(largest, values), ov::element::i32);
  const Value powers = std::make_shared<ov::op::v8::Gather>(
      ov::op::v0::Constant::create(ov::element::f32, ov::Shape{table.size()}, table), below,
      Integers({0}, {}));
  const auto rank = static_cast<std::int64_t>(values.get_partial_shape().size());
  const Value sums = std::make_shared<ov::op::v0::CumSum>(powers, Integers({rank - 1}, {}));
  const Value sum = std::make_shared<ov::op::v8::Gather>(sums, last, Integers({rank - 1}, {}));
  const Value inverse = std::make_shared<ov::op::v1::Divide>(Number(1), Times(sum, Number(to.scale)));
  const Value shares = std::make_shared<ov::op::v5::Round>(Times(powers, inverse),
                                                           ov::op::v5::Round::RoundMode::HALF_AWAY_FROM_ZERO);
  return Within(shares, {to.lowest - to.zero_point, to.highest - to.zero_point});
}

}  // namespace coulis::models
