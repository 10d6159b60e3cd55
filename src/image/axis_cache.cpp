#include "image/axis_cache.h"

#include <algorithm>

namespace coulis::image {
namespace {

std::size_t BytesOf(const Axis& axis) {
  return sizeof(Axis) + axis.packed.size() * sizeof(std::int32_t) + axis.weights.first.size() * sizeof(int);
}

}  // namespace

std::shared_ptr<const Axis> AxisCache::Get(const AxisRequest& request) {
  const auto found = std::find_if(recent_.begin(), recent_.end(),
                                  [&](const Entry& entry) { return entry.request == request; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
    return recent_.front().axis;
  }
  auto axis = std::make_shared<const Axis>(MakeAxis(request, kernel_));
  recent_.push_front({request, axis});
  bytes_ += BytesOf(*axis);
  while (bytes_ > kMaxBytes) {
    bytes_ -= BytesOf(*recent_.back().axis);
    recent_.pop_back();
  }
  return axis;
}

}  // namespace coulis::image
