// Pixels to network input, as a part of the graph: 8-bit NHWC in, mean and scale applied, the network's own
// layout.
#pragma once

#include "coulis/model.h"
#include "coulis/result.h"
#include "infer/openvino_c.h"

namespace coulis::infer {

/// Gives `network` an input u8[1, height, width, 3] of RGB pixels and an output of f32. A network of any
/// batch size is fixed to 1. Errors: kBadModel when the network does not want what `description` says.
[[nodiscard]] Result<ModelPtr> WithPreprocessing(ModelPtr network, const ModelDescription& description);

}  // namespace coulis::infer
