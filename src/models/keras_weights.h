// Weights out of Keras's HDF5 files, in their two layouts: the classic one (layer groups that list their
// weights; also under model_weights, as model.save("x.h5") writes) and Keras 3's (.weights.h5, numbered
// weights under layers/). Formats: Keras, src/legacy/saving/legacy_h5_format.py and src/saving/saving_lib.py.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coulis/image.h"
#include "coulis/result.h"
#include "models/torch_pickle.h"

namespace coulis::models {

/// A layer that has weights, which are in Keras's own order: kernel, bias; gamma, beta, mean, variance.
struct KerasLayer {
  std::string name;
  std::vector<FloatTensor> weights;
};

/// The layers of a file in the model's order, of which a reader takes the next one.
class KerasWeights {
 public:
  /// Errors: kBadModel (not HDF5, cut off, or not a file of Keras).
  [[nodiscard]] static Result<KerasWeights> Read(std::span<const std::byte> bytes);

  /// The next layer; nullptr after the last. Keras 3's layout has an order only among the layers of one class
  /// ("conv2d", "batch_normalization"), so the reader says which one it expects.
  [[nodiscard]] const KerasLayer* Next(const std::string& layer_class);
  /// A layer that was not taken; nullptr when all were.
  [[nodiscard]] const KerasLayer* Left() const;
  /// What the images are to be, where the file holds the model's description and that says it.
  [[nodiscard]] std::optional<ImageSize> input_size() const { return input_size_; }

 private:
  struct Queue {
    std::vector<KerasLayer> layers;
    std::size_t taken = 0;
  };
  /// By class; the classic layout has one order for all, under "".
  std::map<std::string, Queue> queues_;
  std::optional<ImageSize> input_size_;
};

}  // namespace coulis::models
