// OpenVINO's intermediate representation as text and bytes, and the edits that choose which output is
// computed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "coulis/result.h"

namespace coulis::infer {

/// A network: the graph as XML, its constants as bytes.
struct IrModel {
  std::string xml;
  std::vector<std::byte> weights;
};

/// Reads `network` (model.xml) and the file of constants beside it (model.bin).
/// Errors: kNotFound (a file is missing), kIo.
[[nodiscard]] Result<IrModel> ReadIr(const std::filesystem::path& network);

/// A graph with one output.
struct SingleOutput {
  std::string xml;
  /// Whether channels come last in the output, if it has height and width: found by following the graph back
  /// to the first operation that fixes it.
  bool channels_last = false;
};

/// The XML with one output only: the output of the layer named `layer`, or of the layer that makes a tensor
/// of that name; empty: the network's own first output. Errors: kBadModel (not a network, or not one of one
/// input), kNotFound (no such layer; the message names some that exist).
/// `layout`: of the network's input, "NCHW" or "NHWC".
[[nodiscard]] Result<SingleOutput> WithSingleOutput(const std::string& xml, const std::string& layer,
                                                    const std::string& layout);

}  // namespace coulis::infer
