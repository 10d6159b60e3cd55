#include <cassert>

#include "coulis/pca.h"

namespace coulis {

PcaProjector::PcaProjector(const PcaModel& model)
    : dims_(model.dims), k_(model.k), mean_(model.mean), weights_(model.components.size()) {
  const std::size_t dims = mean_.size();
  const auto k = static_cast<std::size_t>(k_);
  for (std::size_t j = 0; j < k; ++j) {
    for (std::size_t d = 0; d < dims; ++d) {
      weights_[d * k + j] = model.components[j * dims + d] / model.scale[d];
    }
  }
}

void PcaProjector::Project(std::span<const float> rows, std::span<float> out) const {
  const std::size_t dims = mean_.size();
  const auto k = static_cast<std::size_t>(k_);
  const std::size_t n = rows.size() / dims;
  assert(rows.size() == n * dims && out.size() == n * k);
  std::vector<double> sums(k);
  for (std::size_t r = 0; r < n; ++r) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t d = 0; d < dims; ++d) {
      const double centred = static_cast<double>(rows[r * dims + d]) - mean_[d];
      for (std::size_t j = 0; j < k; ++j) {
        sums[j] += centred * weights_[d * k + j];
      }
    }
    for (std::size_t j = 0; j < k; ++j) {
      out[r * k + j] = static_cast<float>(sums[j]);
    }
  }
}

}  // namespace coulis
