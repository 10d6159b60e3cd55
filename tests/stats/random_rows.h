// Rows of correlated random features for the tests of this layer.
#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace coulis {

/// `n` rows of `dims` floats: a few hidden factors with falling weight, plus noise; column d is shifted by d.
inline std::vector<float> RandomRows(int n, int dims, unsigned seed) {
  constexpr int kFactors = 3;
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> loadings(static_cast<std::size_t>(dims * kFactors));
  for (float& loading : loadings) {
    loading = normal(engine);
  }
  std::vector<float> rows(static_cast<std::size_t>(n) * static_cast<std::size_t>(dims));
  for (std::size_t r = 0; r < static_cast<std::size_t>(n); ++r) {
    const float factors[kFactors] = {4 * normal(engine), 2 * normal(engine), normal(engine)};
    for (std::size_t d = 0; d < static_cast<std::size_t>(dims); ++d) {
      float& value = rows[r * static_cast<std::size_t>(dims) + d];
      value = static_cast<float>(d) + 0.3F * normal(engine);
      for (std::size_t f = 0; f < kFactors; ++f) {
        value += factors[f] * loadings[d * kFactors + f];
      }
    }
  }
  return rows;
}

}  // namespace coulis
