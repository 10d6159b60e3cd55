// How far two sets of features of the same images lie apart.
#pragma once

#include <cstdint>

namespace coulis {

/// Cosines between two feature vectors of each of some images. The percentile is interpolated as NumPy does.
struct FeatureCosine {
  std::int64_t images = 0;
  double mean = 0;
  double first_percentile = 0;
  double minimum = 0;
};

}  // namespace coulis
