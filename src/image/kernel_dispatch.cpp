// Which kernels this build holds and this processor runs.
#include <algorithm>

#include "image/resize_kernel.h"

namespace coulis {

std::vector<ResizeKernel> AvailableResizeKernels() {
  return {ResizeKernel::kScalar};
}

std::string_view ToString(ResizeKernel kernel) {
  switch (kernel) {
    case ResizeKernel::kScalar:
      return "scalar";
    case ResizeKernel::kAvx2:
      return "avx2";
    case ResizeKernel::kAvx512:
      return "avx512";
    case ResizeKernel::kNeon:
      return "neon";
  }
  return "unknown";
}

namespace image {

const ResizeKernelFunctions& FunctionsOf(ResizeKernel) {
  return kScalarFunctions;
}

ResizeKernel FastestResizeKernel() {
  return AvailableResizeKernels().back();
}

Axis MakeAxis(int in, int out, const ResizeKernelFunctions& kernel) {
  Axis axis{.weights = BicubicWeights(in, out), .packed = {}};
  std::vector<std::int32_t>& weights = axis.weights.weights;
  axis.packed.resize(weights.size());
  for (std::size_t i = 0; i < weights.size(); i += kTapGroup) kernel.pack(&weights[i], &axis.packed[i]);
  std::vector<std::int32_t>().swap(weights);
  return axis;
}

}  // namespace image
}  // namespace coulis
