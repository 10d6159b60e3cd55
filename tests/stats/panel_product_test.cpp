#include "stats/panel_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace coulis::stats {
namespace {

std::vector<double> RandomPanel(int depth, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<double> panel(static_cast<std::size_t>(depth * kPanel));
  for (double& value : panel) value = normal(engine);
  return panel;
}

/// The definition, with or without a fused multiply-add.
std::vector<double> Reference(const std::vector<double>& a, const std::vector<double>& b, bool fused) {
  std::vector<double> tile(kPanel * kPanel);
  for (std::size_t p = 0; p < a.size(); p += kPanel) {
    for (std::size_t i = 0; i < kPanel; ++i) {
      for (std::size_t j = 0; j < kPanel; ++j) {
        double& sum = tile[i * kPanel + j];
        const volatile double rounded = a[p + i] * b[p + j];
        sum = fused ? std::fma(a[p + i], b[p + j], sum) : sum + rounded;
      }
    }
  }
  return tile;
}

TEST(PanelProduct, EveryKernelEqualsTheDefinitionToTheBit) {
  for (const PanelKernel& kernel : AvailablePanelKernels()) {
    for (const int depth : {0, 1, 2, 3, 17, 1280}) {
      SCOPED_TRACE(testing::Message() << kernel.name << ", depth " << depth);
      const auto a = RandomPanel(depth, 1);
      const auto b = RandomPanel(depth, 2);
      std::vector<double> tile(kPanel * kPanel, -1.0);
      kernel.product(a.data(), b.data(), depth, tile.data());
#if defined(__x86_64__)
      EXPECT_EQ(tile, Reference(a, b, kernel.name != "baseline"));
#else
      EXPECT_EQ(tile, Reference(a, b, true));
#endif
    }
  }
}

TEST(PanelProduct, PanelsNeedNoAlignment) {
  const auto a = RandomPanel(6, 3);
  const auto b = RandomPanel(6, 4);
  for (const PanelKernel& kernel : AvailablePanelKernels()) {
    std::vector<double> tile(kPanel * kPanel + 1);
    kernel.product(a.data() + 1, b.data() + 3, 5, tile.data() + 1);
    EXPECT_NEAR(tile[1], Reference({a.begin() + 1, a.begin() + 41}, {b.begin() + 3, b.begin() + 43}, true)[0],
                1e-12);
  }
}

}  // namespace
}  // namespace coulis::stats
