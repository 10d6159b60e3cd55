// A reader of Python's pickle format (protocol 2) that executes nothing: it knows the few opcodes and names
// that PyTorch's files are made of, and refuses every other. The result is a graph of plain nodes. Format:
// CPython, Lib/pickletools.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coulis/result.h"

namespace coulis::models {

/// A place in Pickle::nodes. Nodes refer to each other by place, so a pickle that contains itself is just
/// numbers.
using NodeRef = std::uint32_t;

struct PickleNone {};
struct PickleGlobal {
  std::string name;  ///< "module.name", one of the allowed.
};
struct PickleSequence {
  std::vector<NodeRef> items;  ///< Of a tuple or a list.
  bool is_tuple = false;
};
struct PickleDict {
  std::vector<std::pair<NodeRef, NodeRef>> items;  ///< In the order they were set; a key may come twice.
};
struct PickleCall {
  std::string function;  ///< The allowed global that was to be called; nothing was called.
  NodeRef arguments = 0;
};
struct PicklePersistentId {
  NodeRef id = 0;
};

using PickleNode = std::variant<PickleNone, bool, std::int64_t, std::string, PickleGlobal, PickleSequence,
                                PickleDict, PickleCall, PicklePersistentId>;

struct Pickle {
  std::vector<PickleNode> nodes;
  NodeRef root = 0;
  /// Bytes read, up to and with the STOP opcode.
  std::size_t size = 0;

  /// The node as a T, or null when it is something else.
  template <typename T>
  [[nodiscard]] const T* As(NodeRef ref) const {
    return std::get_if<T>(&nodes[ref]);
  }
};

/// Reads the pickle at the start of `bytes`. Memory is a small multiple of bytes.size() whatever they hold.
/// Errors: kBadModel (truncated, an opcode or a name that is not allowed).
[[nodiscard]] Result<Pickle> ReadPickle(std::span<const std::byte> bytes);

}  // namespace coulis::models
