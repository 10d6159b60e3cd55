// The one hot loop of this layer, which both the moments and the projection are built on.
#pragma once

#include <span>
#include <string_view>

namespace coulis::stats {

/// Columns of a panel: one AVX-512 register or one cache line of doubles. A panel is [depth][kPanel] doubles.
inline constexpr int kPanel = 8;

/// tile[i][j] = sum over p of a[p][i] * b[p][j] for panels `a` and `b` of the same depth; tile is
/// [kPanel][kPanel]. Each sum runs over p in order, in fused multiply-adds where the processor has them: so a
/// sum's bits depend on its own column of `a` and of `b` alone, and are the same in every kernel but
/// kBaseline.
using PanelProduct = void (*)(const double* a, const double* b, int depth, double* tile);

/// A kernel and the instruction set that it needs.
struct PanelKernel {
  std::string_view name;  ///< "baseline", "avx2" or "avx512".
  PanelProduct product;
};

/// The kernels that this processor runs, slowest first; never empty.
[[nodiscard]] std::span<const PanelKernel> AvailablePanelKernels();

/// The fastest of them.
[[nodiscard]] PanelProduct BestPanelProduct();

}  // namespace coulis::stats
