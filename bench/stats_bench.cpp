// Rows a second of the moments and of the projection, by instruction set; seconds of the eigenproblem, by
// way.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "coulis/moments.h"
#include "coulis/pca.h"
#include "stats/householder.h"
#include "stats/panel_product.h"
#include "stats/symmetric_eigen.h"
#include "stats/tridiagonal.h"

namespace {

using coulis::Moments;

constexpr int kDims = 1280;
constexpr std::size_t kSize = kDims;

/// Few strong factors and noise, clipped at zero: like a network's last pooling.
std::vector<float> Features(int n) {
  constexpr std::size_t kFactors = 200;
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  std::vector<float> weights(kFactors * kSize);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = normal(engine) / static_cast<float>(1 + i / kSize);
  }
  std::vector<float> rows(static_cast<std::size_t>(n) * kSize);
  for (std::size_t r = 0; r < static_cast<std::size_t>(n); ++r) {
    float* row = rows.data() + r * kSize;
    for (std::size_t f = 0; f < kFactors; ++f) {
      const float strength = normal(engine);
      for (std::size_t d = 0; d < kSize; ++d) row[d] += strength * weights[f * kSize + d];
    }
    for (std::size_t d = 0; d < kSize; ++d) row[d] = std::max(0.0F, row[d] + 0.2F * normal(engine));
  }
  return rows;
}

const Moments& FittedMoments() {
  static const Moments moments = [] {
    Moments all(kDims);
    all.Add(Features(3000));
    return all;
  }();
  return moments;
}

/// Their co-moments, both triangles.
std::vector<double> Symmetric() {
  std::vector<double> matrix = FittedMoments().co_moments();
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < i; ++j) matrix[j * kSize + i] = matrix[i * kSize + j];
  }
  return matrix;
}

void BM_MomentsAdd(benchmark::State& state) {
  const auto rows = Features(static_cast<int>(state.range(0)));
  Moments moments(kDims);
  for (auto _ : state) moments.Add(rows);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_MomentsAdd)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->Arg(1024);

void BM_MomentsMerge(benchmark::State& state) {
  Moments moments(kDims);
  for (auto _ : state) moments.Merge(FittedMoments());
}
BENCHMARK(BM_MomentsMerge)->Unit(benchmark::kMillisecond);

void BM_Project(benchmark::State& state) {
  static const auto model = coulis::FitPca(FittedMoments(), coulis::ComponentCount{202});
  const coulis::PcaProjector projector(*model);
  const auto rows = Features(static_cast<int>(state.range(0)));
  std::vector<float> out(static_cast<std::size_t>(state.range(0)) * 202);
  for (auto _ : state) projector.Project(rows, out);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Project)->Arg(1)->Arg(8)->Arg(64)->Arg(1024);

void BM_FitPca(benchmark::State& state) {
  const coulis::ComponentCount choice{static_cast<int>(state.range(0))};
  for (auto _ : state) benchmark::DoNotOptimize(coulis::FitPca(FittedMoments(), choice));
}
BENCHMARK(BM_FitPca)->Arg(202)->Arg(705)->Arg(1280)->Unit(benchmark::kMillisecond);

/// One kernel's flops: 2 a multiply-add.
void BM_PanelProduct(benchmark::State& state, const coulis::stats::PanelKernel& kernel) {
  constexpr int kPanel = coulis::stats::kPanel;
  constexpr int kDepth = 256;
  const std::vector<double> a(kDepth * kPanel, 1.25);
  std::vector<double> tile(kPanel * kPanel);
  for (auto _ : state) {
    kernel.product(a.data(), a.data(), kDepth, tile.data());
    benchmark::DoNotOptimize(tile.data());
  }
  state.counters["flops"] = benchmark::Counter(
      2.0 * kDepth * kPanel * kPanel * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// Reduce + restore for 202 vectors.
void BM_Householder(benchmark::State& state, const coulis::stats::HouseholderKernel& kernel) {
  const std::vector<double> matrix = Symmetric();
  std::vector<double> diagonal(kSize), beside(kSize), reflectors(kSize), vectors(kSize * 202, 0.5);
  for (auto _ : state) {
    std::vector<double> packed = matrix;
    kernel.reduce(packed.data(), kDims, diagonal.data(), beside.data(), reflectors.data());
    kernel.restore(packed.data(), reflectors.data(), kDims, vectors.data(), 202);
  }
}

using VectorsBy = decltype(&coulis::stats::TridiagonalVectors);

void BM_TridiagonalVectors(benchmark::State& state, VectorsBy way) {
  std::vector<double> packed = Symmetric();
  std::vector<double> diagonal(kSize), beside(kSize - 1), reflectors(kSize);
  coulis::stats::AvailableHouseholderKernels().back().reduce(packed.data(), kDims, diagonal.data(),
                                                             beside.data(), reflectors.data());
  for (auto _ : state) benchmark::DoNotOptimize(way(diagonal, beside, static_cast<int>(state.range(0))));
}
BENCHMARK_CAPTURE(BM_TridiagonalVectors, lapack, coulis::stats::TridiagonalVectorsByLapack)
    ->Arg(202)
    ->Arg(1280)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_TridiagonalVectors, eigen, coulis::stats::TridiagonalVectorsByQr)
    ->Arg(202)
    ->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  for (const auto& kernel : coulis::stats::AvailablePanelKernels()) {
    benchmark::RegisterBenchmark(("BM_PanelProduct/" + std::string(kernel.name)).c_str(), BM_PanelProduct,
                                 kernel);
  }
  for (const auto& kernel : coulis::stats::AvailableHouseholderKernels()) {
    benchmark::RegisterBenchmark(("BM_Householder/" + std::string(kernel.name)).c_str(), BM_Householder,
                                 kernel)
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
