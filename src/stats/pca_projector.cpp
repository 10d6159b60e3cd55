#include <algorithm>
#include <array>
#include <cassert>

#include "coulis/pca.h"
#include "stats/panel_product.h"

namespace coulis {
namespace {

using stats::kPanel;
constexpr std::size_t kWidth = kPanel;

/// Rows projected together, so that a panel of weights serves many rows while it is in the cache.
constexpr std::size_t kChunkRows = 8 * kWidth;

std::size_t PanelsFor(std::size_t columns) {
  return (columns + kWidth - 1) / kWidth;
}

}  // namespace

PcaProjector::PcaProjector(const PcaModel& model)
    : dims_(model.dims),
      k_(model.k),
      mean_(model.mean),
      weights_(PanelsFor(static_cast<std::size_t>(model.k)) * model.mean.size() * kWidth) {
  const std::size_t dims = mean_.size();
  for (std::size_t j = 0; j < static_cast<std::size_t>(k_); ++j) {
    double* panel = weights_.data() + j / kWidth * dims * kWidth;
    for (std::size_t d = 0; d < dims; ++d) {
      panel[d * kWidth + j % kWidth] = model.components[j * dims + d] / model.scale[d];
    }
  }
}

void PcaProjector::Project(std::span<const float> rows, std::span<float> out) const {
  ProjectRows(rows, out);
}

void PcaProjector::Project(std::span<const double> rows, std::span<float> out) const {
  ProjectRows(rows, out);
}

template <typename Number>
void PcaProjector::ProjectRows(std::span<const Number> rows, std::span<float> out) const {
  const std::size_t dims = mean_.size();
  const auto k = static_cast<std::size_t>(k_);
  assert(rows.size() % dims == 0 && out.size() == rows.size() / dims * k);
  for (std::size_t first = 0; first * dims < rows.size(); first += kChunkRows) {
    const std::size_t n = std::min(kChunkRows, rows.size() / dims - first);
    ProjectChunk(rows.subspan(first * dims, n * dims), out.subspan(first * k, n * k));
  }
}

template <typename Number>
void PcaProjector::ProjectChunk(std::span<const Number> rows, std::span<float> out) const {
  const std::size_t dims = mean_.size();
  const auto k = static_cast<std::size_t>(k_);
  const std::size_t n = rows.size() / dims;
  // Row r is column r % kPanel of panel r / kPanel; the columns that no row fills stay zero.
  std::vector<double> centred(PanelsFor(n) * dims * kWidth);
  for (std::size_t r = 0; r < n; ++r) {
    double* panel = centred.data() + r / kWidth * dims * kWidth;
    for (std::size_t d = 0; d < dims; ++d) {
      panel[d * kWidth + r % kWidth] = static_cast<double>(rows[r * dims + d]) - mean_[d];
    }
  }

  const stats::PanelProduct product = stats::BestPanelProduct();
  std::array<double, kWidth * kWidth> tile;
  for (std::size_t j = 0; j < k; j += kWidth) {
    for (std::size_t r = 0; r < n; r += kWidth) {
      product(centred.data() + r * dims, weights_.data() + j * dims, dims_, tile.data());
      for (std::size_t i = r; i < std::min(r + kWidth, n); ++i) {
        for (std::size_t c = j; c < std::min(j + kWidth, k); ++c) {
          out[i * k + c] = static_cast<float>(tile[(i - r) * kWidth + c - j]);
        }
      }
    }
  }
}

}  // namespace coulis
