// Which arithmetic an imported network gets: LiteRT's integers, or the engine's.
#pragma once

#include <memory>
#include <openvino/core/model.hpp>
#include <string>

#include "coulis/model.h"
#include "coulis/result.h"
#include "models/network.h"

namespace coulis::models {

struct ImportedNetwork {
  std::shared_ptr<ov::Model> network;
  /// As ModelDescription has it.
  std::string arithmetic;
  /// Why LiteRT's arithmetic was not taken although nobody asked for the engine's; else empty.
  std::string obstacle;
};

/// Reads the network that `options` ask for. Errors: kBadModel (it cannot be read, or cannot be done exactly
/// and that was asked for), kInvalidArgument (an arithmetic that does not exist or does not apply).
[[nodiscard]] Result<ImportedNetwork> ReadForImport(const ImportOptions& options,
                                                    const NetworkFormat& format);

}  // namespace coulis::models
