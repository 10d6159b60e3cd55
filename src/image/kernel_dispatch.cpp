// Which kernels this build holds and this processor runs.
#include "image/resize_kernel.h"

namespace coulis {

std::vector<ResizeKernel> AvailableResizeKernels() {
  std::vector<ResizeKernel> kernels = {ResizeKernel::kScalar};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) kernels.push_back(ResizeKernel::kAvx2);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    kernels.push_back(ResizeKernel::kAvx512);
  }
#elif defined(__aarch64__)
  kernels.push_back(ResizeKernel::kNeon);  // part of the base architecture
#endif
  return kernels;
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

const ResizeKernelFunctions& FunctionsOf(ResizeKernel kernel) {
  switch (kernel) {
#if defined(__x86_64__)
    case ResizeKernel::kAvx2:
      return kAvx2Functions;
    case ResizeKernel::kAvx512:
      return kAvx512Functions;
#elif defined(__aarch64__)
    case ResizeKernel::kNeon:
      return kNeonFunctions;
#endif
    default:
      return kScalarFunctions;
  }
}

ResizeKernel FastestResizeKernel() {
  return AvailableResizeKernels().back();
}

Axis MakeAxis(const AxisRequest& request, const ResizeKernelFunctions& kernel) {
  Axis axis{.weights = ResizeWeights(request), .packed = {}};
  std::vector<std::int32_t>& weights = axis.weights.weights;
  const std::size_t padded =
      (static_cast<std::size_t>(request.out) + kPixelGroup - 1) / kPixelGroup * kPixelGroup;
  axis.packed.resize(padded * static_cast<std::size_t>(axis.weights.taps));
  for (std::size_t i = 0; i < weights.size(); i += kTapGroup) kernel.pack(&weights[i], &axis.packed[i]);
  weights = {};  // the packed form is all that is needed
  axis.weights.first.resize(padded, axis.weights.first.back());
  return axis;
}

}  // namespace image
}  // namespace coulis
