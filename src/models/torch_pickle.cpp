#include "models/torch_pickle.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "models/pickle_machine.h"

namespace coulis::models {
namespace {

// The magic number 0x1950a86a20f9469cfc6c as PyTorch pickles it: PROTO 2, LONG1 of ten bytes, STOP.
constexpr std::array<unsigned char, 15> kMagic{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                               0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr std::int64_t kProtocol = 1001;

Error Bad(const std::string& reason) {
  return {ErrorCode::kBadModel, "not usable as PyTorch weights: " + reason};
}

/// A piece of raw memory that tensors look into.
struct Storage {
  bool is_float = false;
  std::int64_t count = 0;
  std::span<const std::byte> raw;

  [[nodiscard]] std::int64_t item_size() const { return is_float ? 4 : 8; }
};

/// A tensor before its storage is known.
struct TensorView {
  std::string name;
  std::string storage;
  std::int64_t offset = 0;
  std::int64_t count = 1;
  std::vector<std::int64_t> shape;
};

using Storages = std::map<std::string, Storage>;

std::optional<std::vector<std::int64_t>> Integers(const Pickle& pickle, NodeRef ref) {
  const auto* tuple = pickle.As<PickleSequence>(ref);
  if (tuple == nullptr) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const NodeRef item : tuple->items) {
    const auto* number = pickle.As<std::int64_t>(item);
    if (number == nullptr || *number < 0) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

// Row-major without gaps; the product of the shape, or nothing when it is not so or overflows.
std::optional<std::int64_t> ContiguousCount(const std::vector<std::int64_t>& shape,
                                            const std::vector<std::int64_t>& strides) {
  if (shape.size() != strides.size()) return std::nullopt;
  std::int64_t count = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != count) return std::nullopt;
    if (__builtin_mul_overflow(count, shape[i], &count)) return std::nullopt;
  }
  return count;
}

// ('storage', torch.FloatStorage, key, location, count, view). Returns the key.
Result<std::string> AddStorage(const Pickle& pickle, NodeRef ref, Storages& storages) {
  const auto* persistent = pickle.As<PicklePersistentId>(ref);
  const auto* id = persistent == nullptr ? nullptr : pickle.As<PickleSequence>(persistent->id);
  if (id == nullptr || id->items.size() != 6) return Bad("a tensor without a storage");
  const auto* kind = pickle.As<std::string>(id->items[0]);
  const auto* type = pickle.As<PickleGlobal>(id->items[1]);
  const auto* key = pickle.As<std::string>(id->items[2]);
  const auto* count = pickle.As<std::int64_t>(id->items[4]);
  const bool plain = pickle.As<PickleNone>(id->items[5]) != nullptr;
  if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr || count == nullptr ||
      !plain) {
    return Bad("a storage of an unknown kind");
  }
  const Storage storage{.is_float = type->name == "torch.FloatStorage", .count = *count, .raw = {}};
  if ((!storage.is_float && type->name != "torch.LongStorage") || *count < 0)
    return Bad("a storage of " + type->name);
  const auto [found, added] = storages.emplace(*key, storage);
  if (!added && (found->second.is_float != storage.is_float || found->second.count != storage.count)) {
    return Bad("a storage described in two ways");
  }
  return *key;
}

// _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
Result<TensorView> ReadTensor(const Pickle& pickle, const std::string& name, NodeRef ref,
                              Storages& storages) {
  const auto* call = pickle.As<PickleCall>(ref);
  if (call == nullptr) return Bad(name + " is not a tensor");
  const auto& arguments = pickle.As<PickleSequence>(call->arguments)->items;
  if (arguments.size() != 6) return Bad(name + " is not a tensor of the expected form");
  const Result<std::string> key = AddStorage(pickle, arguments[0], storages);
  if (!key) return key.error();
  const auto* offset = pickle.As<std::int64_t>(arguments[1]);
  const auto shape = Integers(pickle, arguments[2]);
  const auto strides = Integers(pickle, arguments[3]);
  if (offset == nullptr || *offset < 0 || !shape || !strides) return Bad(name + " has no proper shape");
  const std::optional<std::int64_t> count = ContiguousCount(*shape, *strides);
  const std::int64_t available = storages[*key].count;
  if (!count || *offset > available || *count > available - *offset) {
    return Bad(name + " does not lie inside its storage in one piece");
  }
  return TensorView{name, *key, *offset, *count, *shape};
}

Result<std::vector<TensorView>> ReadTensors(const Pickle& pickle, Storages& storages) {
  const auto* dict = pickle.As<PickleDict>(pickle.root);
  if (dict == nullptr) return Bad("it does not hold a dictionary of tensors");
  std::vector<TensorView> tensors;
  for (const auto& [key, value] : dict->items) {
    const auto* name = pickle.As<std::string>(key);
    if (name == nullptr) return Bad("a tensor without a name");
    Result<TensorView> tensor = ReadTensor(pickle, *name, value, storages);
    if (!tensor) return tensor.error();
    tensors.push_back(*std::move(tensor));
  }
  return tensors;
}

// A count of eight bytes and the values, for each key in the pickled order, up to the end of the file.
Result<void> FindRawValues(const Pickle& keys, std::span<const std::byte> rest, Storages& storages) {
  const auto* list = keys.As<PickleSequence>(keys.root);
  if (list == nullptr || list->items.size() != storages.size())
    return Bad("the list of storages does not fit");
  for (const NodeRef ref : list->items) {
    const auto* key = keys.As<std::string>(ref);
    const auto found = key == nullptr ? storages.end() : storages.find(*key);
    if (found == storages.end() || found->second.raw.data() != nullptr)
      return Bad("an unknown storage is listed");
    Storage& storage = found->second;
    std::int64_t count = 0;
    if (rest.size() < sizeof(count)) return Bad("the file ends too early");
    std::memcpy(&count, rest.data(), sizeof(count));
    rest = rest.subspan(sizeof(count));
    if (count != storage.count) return Bad("a storage has another size than its description");
    if (rest.size() / static_cast<std::size_t>(storage.item_size()) < static_cast<std::size_t>(count)) {
      return Bad("the file ends too early");
    }
    storage.raw = rest.first(static_cast<std::size_t>(count * storage.item_size()));
    rest = rest.subspan(storage.raw.size());
  }
  if (!rest.empty()) return Bad(std::to_string(rest.size()) + " bytes follow after its end");
  return {};
}

// The pickles before the tensors: the protocol's version and the system that wrote the file. Returns their
// size.
Result<std::size_t> CheckHeader(std::span<const std::byte> bytes) {
  if (bytes.size() < kMagic.size() || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return Bad("it does not begin like a file of torch.save's legacy format");
  }
  std::size_t position = kMagic.size();
  const Result<Pickle> protocol = ReadPickle(bytes.subspan(position));
  if (!protocol) return protocol.error();
  const auto* version = protocol->As<std::int64_t>(protocol->root);
  if (version == nullptr || *version != kProtocol) return Bad("its protocol version is not 1001");
  position += protocol->size;

  const Result<Pickle> system = ReadPickle(bytes.subspan(position));
  if (!system) return system.error();
  const auto* dict = system->As<PickleDict>(system->root);
  const bool little_endian =
      dict != nullptr && std::any_of(dict->items.begin(), dict->items.end(), [&](auto item) {
        const auto* key = system->As<std::string>(item.first);
        const auto* value = system->As<bool>(item.second);
        return key != nullptr && *key == "little_endian" && value != nullptr && *value;
      });
  if (!little_endian) return Bad("it was not written by a little-endian machine");
  return position + system->size;
}

// `limit`: bytes that the tensors may take together. Without it a small file whose tensors all look at one
// storage could ask for any amount of memory.
Result<TorchTensors> CopyFloats(const std::vector<TensorView>& views, const Storages& storages,
                                std::size_t limit) {
  TorchTensors tensors;
  for (const TensorView& view : views) {
    const Storage& storage = storages.at(view.storage);
    if (!storage.is_float) continue;
    const std::size_t size = static_cast<std::size_t>(view.count) * sizeof(float);
    if (size > limit) return Bad("its tensors share their storages");
    limit -= size;
    FloatTensor tensor{view.shape, std::vector<float>(static_cast<std::size_t>(view.count))};
    const auto raw = storage.raw.subspan(static_cast<std::size_t>(view.offset) * sizeof(float));
    if (view.count > 0) std::memcpy(tensor.values.data(), raw.data(), size);
    tensors.insert_or_assign(view.name, std::move(tensor));
  }
  return tensors;
}

}  // namespace

Result<TorchTensors> ReadTorchPickle(std::span<const std::byte> bytes) {
  const Result<std::size_t> header = CheckHeader(bytes);
  if (!header) return header.error();
  std::span<const std::byte> rest = bytes.subspan(*header);

  const Result<Pickle> state = ReadPickle(rest);
  if (!state) return state.error();
  rest = rest.subspan(state->size);
  Storages storages;
  const Result<std::vector<TensorView>> views = ReadTensors(*state, storages);
  if (!views) return views.error();

  const Result<Pickle> keys = ReadPickle(rest);
  if (!keys) return keys.error();
  if (Result<void> found = FindRawValues(*keys, rest.subspan(keys->size), storages); !found)
    return found.error();
  return CopyFloats(*views, storages, bytes.size());
}

}  // namespace coulis::models
