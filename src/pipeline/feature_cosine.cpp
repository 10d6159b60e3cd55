#include "pipeline/feature_cosine.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace coulis {

double Cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0;
  double square_a = 0;
  double square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]);
    const auto y = static_cast<double>(b[i]);
    product += x * y;
    square_a += x * x;
    square_b += y * y;
  }
  return square_a > 0 && square_b > 0 ? product / std::sqrt(square_a * square_b) : 0;
}

FeatureCosine SumUp(const std::vector<double>& cosines) {
  FeatureCosine summary;
  if (cosines.empty()) return summary;
  summary.images = static_cast<std::int64_t>(cosines.size());
  summary.mean = std::accumulate(cosines.begin(), cosines.end(), 0.0) / static_cast<double>(cosines.size());
  summary.first_percentile = Quantile(cosines, 0.01);
  summary.minimum = *std::min_element(cosines.begin(), cosines.end());
  return summary;
}

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
}

}  // namespace coulis
