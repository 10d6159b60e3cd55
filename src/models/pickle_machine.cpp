#include "models/pickle_machine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>

static_assert(std::endian::native == std::endian::little, "numbers are taken from pickles as they lie");

namespace coulis::models {
namespace {

constexpr std::array<std::string_view, 4> kAllowedGlobals{
    "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.FloatStorage", "torch.LongStorage"};

// Far more than any file of weights holds; bounds the memory that a hostile one can take.
constexpr std::size_t kMostValues = std::size_t{1} << 20;

class Machine {
 public:
  explicit Machine(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<Pickle> Run() {
    while (!stopped_ && problem_.empty()) Step(static_cast<unsigned char>(Number<std::uint8_t>()));
    if (!problem_.empty()) {
      return Error{ErrorCode::kBadModel, "pickle, byte " + std::to_string(position_) + ": " + problem_};
    }
    pickle_.size = position_;
    return std::move(pickle_);
  }

 private:
  void Step(unsigned char opcode) {
    switch (opcode) {
      case 0x80:
        return Protocol();
      case '.':
        return Stop();
      case '(':
        return marks_.push_back(stack_.size());
      case 'c':
        return Global();
      case 'q':
        return Remember(Number<std::uint8_t>());
      case 'r':
        return Remember(Number<std::uint32_t>());
      case 'h':
        return Recall(Number<std::uint8_t>());
      case 'j':
        return Recall(Number<std::uint32_t>());
      case 'N':
        return Push(PickleNone{});
      case 0x88:
        return Push(true);
      case 0x89:
        return Push(false);
      case 'K':
        return Push(std::int64_t{Number<std::uint8_t>()});
      case 'M':
        return Push(std::int64_t{Number<std::uint16_t>()});
      case 'J':
        return Push(std::int64_t{Number<std::int32_t>()});
      case 0x8a:
        return LongInteger();
      case 'X':
        return Push(Text(Number<std::uint32_t>()));
      case ')':
        return Push(PickleSequence{{}, true});
      case 't':
        return Push(PickleSequence{PopToMark(), true});
      case 0x85:
        return Push(PickleSequence{Pop(1), true});
      case 0x86:
        return Push(PickleSequence{Pop(2), true});
      case 0x87:
        return Push(PickleSequence{Pop(3), true});
      case ']':
        return Push(PickleSequence{{}, false});
      case 'a':
        return Append(Pop(1));
      case 'e':
        return Append(PopToMark());
      case '}':
        return Push(PickleDict{});
      case 's':
        return SetItems(Pop(2));
      case 'u':
        return SetItems(PopToMark());
      case 'R':
        return Reduce();
      case 'b':
        return Build();
      case 'Q':
        return PersistentId();
      default:
        return Refuse("the opcode " + std::to_string(opcode) + " is not allowed in a file of weights");
    }
  }

  void Refuse(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  std::span<const std::byte> Take(std::size_t count) {
    if (count > bytes_.size() - position_) {
      Refuse("the file ends too early");
      return {};
    }
    position_ += count;
    return bytes_.subspan(position_ - count, count);
  }

  template <typename T>
  T Number() {
    T number{};
    if (const auto bytes = Take(sizeof(T)); !bytes.empty()) std::memcpy(&number, bytes.data(), sizeof(T));
    return number;
  }

  std::string Text(std::size_t length) {
    const auto bytes = Take(length);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::string Line() {
    const auto rest = bytes_.subspan(position_);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
    std::string line = Text(static_cast<std::size_t>(end - rest.begin()));
    Take(1);
    return line;
  }

  void Push(PickleNode node) {
    if (!problem_.empty()) return;
    if (pickle_.nodes.size() == kMostValues) return Refuse("it holds too many values");
    stack_.push_back(static_cast<NodeRef>(pickle_.nodes.size()));
    pickle_.nodes.push_back(std::move(node));
  }

  // The topmost `count` values, which must lie above the last mark.
  std::vector<NodeRef> Pop(std::size_t count) {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() - floor < count) {
      Refuse("an opcode finds too few values");
      return std::vector<NodeRef>(count);
    }
    std::vector<NodeRef> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }

  std::vector<NodeRef> PopToMark() {
    if (marks_.empty()) {
      Refuse("an opcode finds no mark");
      return {};
    }
    std::vector<NodeRef> values = Pop(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }

  // The value on top as a T that can be changed; null, and an error noted, when it is something else.
  template <typename T>
  T* Top() {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (problem_.empty() && stack_.size() > floor) {
      if (T* value = std::get_if<T>(&pickle_.nodes[stack_.back()])) return value;
    }
    Refuse("an opcode finds a value of the wrong kind");
    return nullptr;
  }

  void Protocol() {
    if (Number<std::uint8_t>() != 2) Refuse("only protocol 2 is supported");
  }

  void Stop() {
    const std::vector<NodeRef> root = Pop(1);
    if (!stack_.empty() || !marks_.empty()) Refuse("values are left over at the end");
    pickle_.root = root[0];
    stopped_ = true;
  }

  void Global() {
    std::string name = Line();
    name += "." + Line();
    if (std::find(kAllowedGlobals.begin(), kAllowedGlobals.end(), name) == kAllowedGlobals.end()) {
      std::replace_if(name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
      return Refuse("it names " + name.substr(0, 80) + ", which is not allowed in a file of weights");
    }
    Push(PickleGlobal{std::move(name)});
  }

  void Remember(std::uint32_t place) {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() == floor) return Refuse("an opcode finds too few values");
    memo_[place] = stack_.back();
  }

  void Recall(std::uint32_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) return Refuse("it refers to a value that was never stored");
    stack_.push_back(found->second);
  }

  void LongInteger() {
    const std::size_t length = Number<std::uint8_t>();
    const auto bytes = Take(length);
    if (length > sizeof(std::int64_t)) return Refuse("an integer of more than 64 bits");
    const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
    std::int64_t number = negative ? -1 : 0;
    if (!bytes.empty()) std::memcpy(&number, bytes.data(), bytes.size());
    Push(number);
  }

  void Append(const std::vector<NodeRef>& values) {
    auto* list = Top<PickleSequence>();
    if (list == nullptr) return;
    if (list->is_tuple) return Refuse("an opcode changes a tuple");
    list->items.insert(list->items.end(), values.begin(), values.end());
  }

  void SetItems(const std::vector<NodeRef>& values) {
    auto* dict = Top<PickleDict>();
    if (dict == nullptr) return;
    if (values.size() % 2 != 0) return Refuse("a key without a value");
    for (std::size_t i = 0; i < values.size(); i += 2) dict->items.emplace_back(values[i], values[i + 1]);
  }

  // A call becomes a note of the call, but for the empty ordered dictionary.
  void Reduce() {
    const std::vector<NodeRef> call = Pop(2);
    if (!problem_.empty()) return;
    const auto* function = pickle_.As<PickleGlobal>(call[0]);
    const auto* arguments = pickle_.As<PickleSequence>(call[1]);
    if (function == nullptr || arguments == nullptr)
      return Refuse("a call of something that is not a function");
    if (function->name == "collections.OrderedDict") {
      if (!arguments->items.empty()) return Refuse("an ordered dictionary with arguments is not supported");
      return Push(PickleDict{});
    }
    if (function->name != "torch._utils._rebuild_tensor_v2") return Refuse("a call of " + function->name);
    Push(PickleCall{function->name, call[1]});
  }

  // Attributes set on a dictionary (PyTorch's _metadata: versions of modules) carry no weights.
  void Build() {
    Pop(1);
    Top<PickleDict>();
  }

  void PersistentId() { Push(PicklePersistentId{Pop(1)[0]}); }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  Pickle pickle_;
  std::vector<NodeRef> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, NodeRef> memo_;
  std::string problem_;
  bool stopped_ = false;
};

}  // namespace

Result<Pickle> ReadPickle(std::span<const std::byte> bytes) {
  return Machine(bytes).Run();
}

}  // namespace coulis::models
