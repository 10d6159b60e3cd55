// How far two sets of features of the same images lie apart.
#pragma once

#include <span>
#include <vector>

#include "coulis/feature_cosine.h"

namespace coulis {

/// Cosine of the angle between two vectors of the same length; 0 when one of them is 0.
[[nodiscard]] double Cosine(std::span<const float> a, std::span<const float> b);

/// Sums up the cosines of some images; of none: all 0.
[[nodiscard]] FeatureCosine SumUp(const std::vector<double>& cosines);

/// The number below which a share of `values` lies, interpolated as NumPy's percentile does. `share` from 0
/// to 1; at least one value.
[[nodiscard]] double Quantile(std::vector<double> values, double share);

}  // namespace coulis
