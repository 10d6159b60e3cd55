#include "image/axis_cache.h"

#include <algorithm>

namespace coulis::image {
namespace {

std::size_t BytesOf(const Axis& axis) {
  return sizeof(Axis) + axis.packed.size() * sizeof(std::int32_t) + axis.weights.first.size() * sizeof(int);
}

}  // namespace

std::shared_ptr<const Axis> AxisCache::Get(int in, int out) {
  const auto found =
      std::find_if(recent_.begin(), recent_.end(), [&](const std::shared_ptr<const Axis>& axis) {
        return axis->weights.in == in && axis->weights.out == out;
      });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
    return recent_.front();
  }
  auto axis = std::make_shared<const Axis>(MakeAxis(in, out, kernel_));
  recent_.push_front(axis);
  bytes_ += BytesOf(*axis);
  while (bytes_ > kMaxBytes) {
    bytes_ -= BytesOf(*recent_.back());
    recent_.pop_back();
  }
  return axis;
}

}  // namespace coulis::image
