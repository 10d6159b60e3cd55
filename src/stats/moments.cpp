#include "coulis/moments.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "stats/panel_product.h"

namespace coulis {
namespace {

using stats::kPanel;

/// Rows centred at a time: enough to spread the cost of touching the co-moments, few enough that the panels
/// stay in the second-level cache.
constexpr std::size_t kBlockRows = 256;
/// Panels of the right-hand side that are worked on together, for the same reason.
constexpr int kPanelGroup = 16;

/// Rows regrouped by column: panel p holds columns p * kPanel onwards, [depth][kPanel], zero beyond the last.
class Panels {
 public:
  Panels(int dims, int depth)
      : count_((dims + kPanel - 1) / kPanel), depth_(depth), values_(Size(count_) * Size(depth) * kPanel) {}

  double& At(int row, int column) {
    return values_[(Size(column / kPanel) * Size(depth_) + Size(row)) * kPanel + Size(column % kPanel)];
  }
  [[nodiscard]] const double* panel(int p) const { return values_.data() + Size(p) * Size(depth_) * kPanel; }
  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] int depth() const { return depth_; }

 private:
  static std::size_t Size(int n) { return static_cast<std::size_t>(n); }

  int count_;
  int depth_;
  std::vector<double> values_;
};

/// Adds the part of a tile that lies in the lower triangle of `matrix`, [dims, dims].
void AddTile(const double* tile, int first_row, int first_column, int dims, double* matrix) {
  const int rows = std::min(kPanel, dims - first_row);
  for (int r = 0; r < rows; ++r) {
    const int row = first_row + r;
    const int columns = std::min(kPanel, row + 1 - first_column);
    double* out = matrix + static_cast<std::ptrdiff_t>(row) * dims + first_column;
    for (int c = 0; c < columns; ++c) out[c] += tile[r * kPanel + c];
  }
}

/// matrix += rows^T rows, lower triangle.
void AddSquares(const Panels& rows, int dims, double* matrix) {
  const stats::PanelProduct product = stats::BestPanelProduct();
  std::array<double, kPanel * kPanel> tile;
  for (int group = 0; group < rows.count(); group += kPanelGroup) {
    for (int i = group; i < rows.count(); ++i) {
      for (int j = group; j < std::min(group + kPanelGroup, i + 1); ++j) {
        product(rows.panel(i), rows.panel(j), rows.depth(), tile.data());
        AddTile(tile.data(), i * kPanel, j * kPanel, dims, matrix);
      }
    }
  }
}

template <typename Number>
std::vector<double> BlockMean(std::span<const Number> rows, std::size_t dims) {
  std::vector<double> mean(dims);
  for (std::size_t begin = 0; begin < rows.size(); begin += dims) {
    for (std::size_t i = 0; i < dims; ++i) mean[i] += static_cast<double>(rows[begin + i]);
  }
  const std::size_t n = rows.size() / dims;
  for (double& value : mean) value /= static_cast<double>(n);
  return mean;
}

}  // namespace

Moments::Moments(int dims)
    : dims_(dims), mean_(static_cast<std::size_t>(dims)), co_moments_(mean_.size() * mean_.size()) {
  assert(dims >= 1);
}

void Moments::Add(std::span<const float> rows) {
  AddRows(rows);
}

void Moments::Add(std::span<const double> rows) {
  AddRows(rows);
}

template <typename Number>
void Moments::AddRows(std::span<const Number> rows) {
  assert(rows.size() % mean_.size() == 0);
  const std::size_t block = kBlockRows * mean_.size();
  for (std::size_t begin = 0; begin < rows.size(); begin += block) {
    AddBlock(rows.subspan(begin, std::min(block, rows.size() - begin)));
  }
}

template <typename Number>
void Moments::AddBlock(std::span<const Number> rows) {
  const std::size_t dims = mean_.size();
  const auto n = static_cast<int>(rows.size() / dims);
  const std::vector<double> block_mean = BlockMean(rows, dims);
  Panels centred(dims_, n + 1);
  for (int r = 0; r < n; ++r) {
    const Number* row = rows.data() + static_cast<std::size_t>(r) * dims;
    for (int i = 0; i < dims_; ++i) {
      centred.At(r, i) = static_cast<double>(row[i]) - block_mean[static_cast<std::size_t>(i)];
    }
  }

  // Chan's correction for the distance of the two means is one more row of the same product.
  const double weight = n / static_cast<double>(count_ + n);
  const double correction = std::sqrt(static_cast<double>(count_) * weight);
  for (int i = 0; i < dims_; ++i) {
    const auto column = static_cast<std::size_t>(i);
    const double distance = block_mean[column] - mean_[column];
    centred.At(n, i) = correction * distance;
    mean_[column] += weight * distance;
  }
  AddSquares(centred, dims_, co_moments_.data());
  count_ += n;
}

void Moments::Merge(const Moments& other) {
  assert(other.dims_ == dims_);
  if (other.count_ == 0) return;
  const double weight = static_cast<double>(other.count_) / static_cast<double>(count_ + other.count_);
  const double correction = static_cast<double>(count_) * weight;
  const std::size_t dims = mean_.size();
  std::vector<double> distance(dims);
  for (std::size_t i = 0; i < dims; ++i) distance[i] = other.mean_[i] - mean_[i];
  for (std::size_t i = 0; i < dims; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      co_moments_[i * dims + j] += other.co_moments_[i * dims + j] + correction * distance[i] * distance[j];
    }
    mean_[i] += weight * distance[i];
  }
  count_ += other.count_;
}

}  // namespace coulis
