#include "coulis/moments.h"

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>

namespace coulis {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rows centred at a time: enough for a good rank update, few enough to stay in the cache.
constexpr std::size_t kBlockRows = 256;

}  // namespace

Moments::Moments(int dims)
    : dims_(dims), mean_(static_cast<std::size_t>(dims)), co_moments_(mean_.size() * mean_.size()) {
  assert(dims >= 1);
}

void Moments::Add(std::span<const float> rows) {
  assert(rows.size() % mean_.size() == 0);
  const std::size_t block = kBlockRows * mean_.size();
  for (std::size_t begin = 0; begin < rows.size(); begin += block) {
    AddBlock(rows.subspan(begin, std::min(block, rows.size() - begin)));
  }
}

void Moments::AddBlock(std::span<const float> rows) {
  const auto n = static_cast<Eigen::Index>(rows.size() / mean_.size());
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> block(
      rows.data(), n, dims_);
  RowMajor centred(n + 1, dims_);
  centred.topRows(n) = block.cast<double>();
  const Eigen::RowVectorXd block_mean = centred.topRows(n).colwise().mean();
  centred.topRows(n).rowwise() -= block_mean;

  // Chan's correction for the distance of the two means is one more row of the same rank update.
  Eigen::Map<Eigen::RowVectorXd> mean(mean_.data(), dims_);
  const double total = static_cast<double>(count_ + n);
  const double weight = static_cast<double>(n) / total;
  centred.row(n) = std::sqrt(static_cast<double>(count_) * weight) * (block_mean - mean);

  Eigen::Map<RowMajor> co_moments(co_moments_.data(), dims_, dims_);
  co_moments.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
  mean += weight * (block_mean - mean);
  count_ += n;
}

void Moments::Merge(const Moments& other) {
  assert(other.dims_ == dims_);
  if (other.count_ == 0) {
    return;
  }
  const auto total = static_cast<double>(count_ + other.count_);
  const double weight = static_cast<double>(other.count_) / total;
  const double correction = static_cast<double>(count_) * weight;
  const std::size_t dims = mean_.size();
  std::vector<double> distance(dims);
  for (std::size_t i = 0; i < dims; ++i) {
    distance[i] = other.mean_[i] - mean_[i];
  }
  for (std::size_t i = 0; i < dims; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      co_moments_[i * dims + j] += other.co_moments_[i * dims + j] + correction * distance[i] * distance[j];
    }
    mean_[i] += weight * distance[i];
  }
  count_ += other.count_;
}

}  // namespace coulis
