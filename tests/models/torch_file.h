// Writes files of torch.save's legacy format by hand, to be read by the reader under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/torch_pickle.h"

namespace coulis::models {

[[nodiscard]] inline std::span<const std::byte> AsBytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

/// The number as it lies in memory, in `size` bytes.
[[nodiscard]] inline std::string Raw(std::uint64_t number, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
  return bytes;
}

// Opcodes of pickle's protocol 2.
namespace op {

inline const std::string kBegin = "\x80\x02";
inline const std::string kStop = ".";
inline const std::string kMark = "(";
inline const std::string kTuple = "t";
inline const std::string kEmptyTuple = ")";
inline const std::string kReduce = "R";
inline const std::string kPersistent = "Q";
inline const std::string kNone = "N";

inline std::string Global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string Text(const std::string& text) {
  return "X" + Raw(text.size(), 4) + text;
}
inline std::string Integer(std::int32_t number) {
  return "J" + Raw(static_cast<std::uint32_t>(number), 4);
}
inline std::string Integers(const std::vector<std::int64_t>& numbers) {
  std::string tuple = kMark;
  for (const std::int64_t number : numbers) tuple += Integer(static_cast<std::int32_t>(number));
  return tuple + kTuple;
}

}  // namespace op

/// A tensor's line in the pickled dictionary; every part can be made wrong.
struct TorchEntry {
  std::string name;
  std::string storage = "0";
  std::string storage_type = "FloatStorage";
  std::int32_t storage_count = 0;
  std::int32_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

[[nodiscard]] inline std::string Pickled(const TorchEntry& entry) {
  const std::string storage = op::kMark + op::Text("storage") + op::Global("torch", entry.storage_type) +
                              op::Text(entry.storage) + op::Text("cpu") + op::Integer(entry.storage_count) +
                              op::kNone + op::kTuple + op::kPersistent;
  const std::string hooks = op::Global("collections", "OrderedDict") + op::kEmptyTuple + op::kReduce;
  return op::Text(entry.name) + op::Global("torch._utils", "_rebuild_tensor_v2") + op::kMark + storage +
         op::Integer(entry.offset) + op::Integers(entry.shape) + op::Integers(entry.strides) + "\x89" +
         hooks + op::kTuple + op::kReduce;
}

/// What surrounds the tensors.
struct TorchFile {
  std::vector<TorchEntry> entries;
  /// Key → raw values, in the order of the file.
  std::vector<std::pair<std::string, std::string>> storages;
  std::int32_t protocol = 1001;
  bool little_endian = true;
  int item_size = 4;
};

inline const std::string kTorchMagic =
    op::kBegin + std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12) + op::kStop;

[[nodiscard]] inline std::string Bytes(const TorchFile& file) {
  const std::string system = op::kBegin + "}" + op::kMark + op::Text("little_endian") +
                             (file.little_endian ? "\x88" : "\x89") + "u" + op::kStop;
  std::string state =
      op::kBegin + op::Global("collections", "OrderedDict") + op::kEmptyTuple + op::kReduce + op::kMark;
  for (const TorchEntry& entry : file.entries) state += Pickled(entry);
  state += "u" + op::kStop;
  std::string keys = op::kBegin + "]" + op::kMark;
  std::string values;
  for (const auto& [key, raw] : file.storages) {
    keys += op::Text(key);
    values += Raw(raw.size() / static_cast<std::size_t>(file.item_size), 8) + raw;
  }
  return kTorchMagic + op::kBegin + op::Integer(file.protocol) + op::kStop + system + state + keys + "e" +
         op::kStop + values;
}

[[nodiscard]] inline std::string RawFloats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// "weight": [[1, 2, 3], [4, 5, 6]] and "bias": [7, 8], the latter at an offset in its storage.
[[nodiscard]] inline TorchFile TwoTensors() {
  TorchFile file;
  file.entries.push_back(
      {.name = "weight", .storage = "a", .storage_count = 6, .shape = {2, 3}, .strides = {3, 1}});
  file.entries.push_back(
      {.name = "bias", .storage = "b", .storage_count = 3, .offset = 1, .shape = {2}, .strides = {1}});
  file.storages = {{"b", RawFloats({0, 7, 8})}, {"a", RawFloats({1, 2, 3, 4, 5, 6})}};
  return file;
}

}  // namespace coulis::models
