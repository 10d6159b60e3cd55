#include "stats/panel_product.h"

#include <cstddef>
#include <cstring>
#include <vector>

namespace coulis::stats {
namespace {

/// Doubles of one register, in GCC's and clang's portable vectors.
struct Sse2 {
  static constexpr int kWidth = 2;
  using Vector = double __attribute__((vector_size(16)));
};
struct Avx2 {
  static constexpr int kWidth = 4;
  using Vector = double __attribute__((vector_size(32)));
};
struct Avx512 {
  static constexpr int kWidth = 8;
  using Vector = double __attribute__((vector_size(64)));
};

/// `rows` rows of the tile at a time: as many as the accumulators leave registers for. Inlined into functions
/// for different instruction sets, so that nothing compiled for one of them can be linked into another. The
/// loops over registers must be unrolled, or the accumulators lie in memory.
template <typename Isa, int rows>
[[gnu::always_inline]] inline void Product(const double* a, const double* b, int depth, double* tile) {
  constexpr int kAcross = kPanel / Isa::kWidth;
  constexpr int kSums = rows * kAcross;
  for (int first = 0; first < kPanel; first += rows) {
    typename Isa::Vector sums[std::size_t{kSums}];
#pragma GCC unroll 8
    for (int i = 0; i < kSums; ++i) sums[i] = typename Isa::Vector{};
    for (int p = 0; p < depth; ++p) {
#pragma GCC unroll 8
      for (int i = 0; i < kSums; ++i) {
        typename Isa::Vector b_part;
        std::memcpy(&b_part, b + p * kPanel + i % kAcross * Isa::kWidth, sizeof(b_part));
        sums[i] += a[p * kPanel + first + i / kAcross] * b_part;
      }
    }
    std::memcpy(tile + first * kPanel, sums, sizeof(sums));
  }
}

void ProductBaseline(const double* a, const double* b, int depth, double* tile) {
  Product<Sse2, 2>(a, b, depth, tile);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void ProductAvx2(const double* a, const double* b, int depth, double* tile) {
  Product<Avx2, 4>(a, b, depth, tile);
}

[[gnu::target("avx512f")]] void ProductAvx512(const double* a, const double* b, int depth, double* tile) {
  Product<Avx512, 8>(a, b, depth, tile);
}
#endif

std::vector<PanelKernel> Detect() {
  std::vector<PanelKernel> kernels = {{"baseline", ProductBaseline}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    kernels.push_back({"avx2", ProductAvx2});
  }
  if (__builtin_cpu_supports("avx512f") != 0) kernels.push_back({"avx512", ProductAvx512});
#endif
  return kernels;
}

}  // namespace

std::span<const PanelKernel> AvailablePanelKernels() {
  static const std::vector<PanelKernel> kernels = Detect();
  return kernels;
}

PanelProduct BestPanelProduct() {
  return AvailablePanelKernels().back().product;
}

}  // namespace coulis::stats
