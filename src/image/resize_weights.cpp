#include "image/resize_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace coulis::image {
namespace {

/// Keys' cubic convolution with a = -0.5; zero from |x| = 2 on.
double Bicubic(double x) {
  constexpr double kA = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((kA + 2.0) * x - (kA + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * kA;
  return 0.0;
}

/// The triangle; zero from |x| = 1 on.
double Bilinear(double x) {
  return std::max(1.0 - std::abs(x), 0.0);
}

/// A filter and where it ends.
struct Filter {
  double (*weight)(double x);
  double support;
};

Filter FilterOf(ResizeFilter filter) {
  return filter == ResizeFilter::kBilinear ? Filter{Bilinear, 1.0} : Filter{Bicubic, 2.0};
}

/// The input pixels [first, end) that an output pixel sees, and where its centre falls among them.
struct Window {
  int first = 0;
  int end = 0;
  double center = 0.0;
};

Window WindowOf(const Filter& filter, int in, double scale, int index) {
  const double support = filter.support * std::max(scale, 1.0);
  const double center = (index + 0.5) * scale;
  return {.first = static_cast<int>(std::max(center - support + 0.5, 0.0)),
          .end = static_cast<int>(std::min(center + support + 0.5, static_cast<double>(in))),
          .center = center};
}

/// Weights of a window's pixels, with sum 1. `weights` is scratch space, kept from call to call.
void FillWeights(const Filter& filter, const Window& window, double scale, std::vector<double>& weights) {
  const double inverse = 1.0 / std::max(scale, 1.0);
  weights.clear();
  double sum = 0.0;
  for (int x = window.first; x < window.end; ++x) {
    weights.push_back(filter.weight((x - window.center + 0.5) * inverse));
    sum += weights.back();
  }
  if (sum == 0.0) return;
  for (double& weight : weights) weight /= sum;
}

int LongestWindow(const AxisRequest& request, const Filter& filter, double scale) {
  int longest = 0;
  for (int i = 0; i < request.out; ++i) {
    const Window window = WindowOf(filter, request.in, scale, request.first + i);
    longest = std::max(longest, window.end - window.first);
  }
  return longest;
}

std::int32_t ToFixedPoint(double weight) {
  return static_cast<std::int32_t>(weight * (1 << kWeightBits) + (weight < 0 ? -0.5 : 0.5));
}

}  // namespace

AxisWeights ResizeWeights(const AxisRequest& request) {
  const auto [name, in, resized, offset, out] = request;
  const Filter filter = FilterOf(name);
  // Pillow keeps the box in single precision, which shows from 2^24 pixels on.
  const double scale = static_cast<double>(static_cast<float>(in)) / resized;
  const int taps = (LongestWindow(request, filter, scale) + kTapGroup - 1) / kTapGroup * kTapGroup;
  AxisWeights axis{.in = in, .out = out, .taps = taps, .first = {}, .weights = {}};
  axis.first.reserve(static_cast<std::size_t>(out));
  axis.weights.assign(static_cast<std::size_t>(out) * static_cast<std::size_t>(taps), 0);
  std::vector<double> weights;
  for (int i = 0; i < out; ++i) {
    const Window window = WindowOf(filter, in, scale, offset + i);
    FillWeights(filter, window, scale, weights);
    // Windows at the far edge start earlier, so that no kernel reads beyond the edge.
    const int first = std::min(window.first, std::max(in - taps, 0));
    axis.first.push_back(first);
    const auto start = axis.weights.begin() + static_cast<std::ptrdiff_t>(i) * taps + (window.first - first);
    std::transform(weights.begin(), weights.end(), start, ToFixedPoint);
  }
  return axis;
}

}  // namespace coulis::image
