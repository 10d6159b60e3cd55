// Data sets repeat a few image sizes: the weights of an axis are computed once for each.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "image/resize_kernel.h"

namespace coulis::image {

/// The most recently used axes of one kernel. Not thread-safe.
class AxisCache {
 public:
  /// `kernel` must outlive the cache.
  explicit AxisCache(const ResizeKernelFunctions& kernel) : kernel_(kernel) {}

  /// The weights that are asked for. The caller keeps the axis alive while it uses it.
  [[nodiscard]] std::shared_ptr<const Axis> Get(const AxisRequest& request);

  /// Bytes that the cache keeps alive; at most kMaxBytes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

 private:
  const ResizeKernelFunctions& kernel_;
  struct Entry {
    AxisRequest request;
    std::shared_ptr<const Axis> axis;
  };
  std::list<Entry> recent_;  // the latest first
  std::size_t bytes_ = 0;
};

}  // namespace coulis::image
