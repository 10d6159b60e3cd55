#include "models/keras_weights.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "models/hdf5_file.h"

namespace coulis::models {
namespace {

using Json = nlohmann::json;

constexpr const char* kClassic = "/model_weights";
constexpr const char* kKeras3 = "/layers";

// A list that is too long for one attribute is cut: NAME0, NAME1, …
std::optional<std::vector<std::string>> LongTexts(const Hdf5File& file, const std::string& group,
                                                  const std::string& attribute) {
  if (auto whole = file.Texts(group, attribute)) return whole;
  std::vector<std::string> texts;
  for (int number = 0;; ++number) {
    const auto piece = file.Texts(group, attribute + std::to_string(number));
    if (!piece) return number == 0 ? std::nullopt : std::optional(texts);
    texts.insert(texts.end(), piece->begin(), piece->end());
  }
}

Result<std::vector<KerasLayer>> ReadClassic(Hdf5File& file, const std::string& root,
                                            const std::vector<std::string>& names) {
  std::vector<KerasLayer> layers;
  const std::string base = root == "/" ? root : root + "/";
  for (const std::string& name : names) {
    std::string group = base;
    group += name;
    const auto weights = LongTexts(file, group, "weight_names");
    if (!weights) return Error{ErrorCode::kBadModel, "layer " + name + " is listed but missing or damaged"};
    KerasLayer layer{name, {}};
    for (const std::string& weight : *weights) {
      Result<FloatTensor> tensor = file.Floats(std::string(group).append("/").append(weight));
      if (!tensor) return tensor.error();
      layer.weights.push_back(*std::move(tensor));
    }
    if (!layer.weights.empty()) layers.push_back(std::move(layer));
  }
  return layers;
}

/// "conv2d_12" → conv2d, 12; "conv2d" → conv2d, 0.
struct NumberedName {
  std::string name;
  int number = 0;
};

NumberedName SplitName(const std::string& text) {
  const std::size_t bar = text.rfind('_');
  if (bar == std::string::npos) return {text, 0};
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + bar + 1, end, number);
  if (problem != std::errc() || stop != end || number < 1) return {text, 0};
  return {text.substr(0, bar), number};
}

// The weights are called 0, 1, 2, …
Result<KerasLayer> ReadKeras3Layer(Hdf5File& file, const std::string& name) {
  const std::string variables = std::string(kKeras3) + "/" + name + "/vars";
  const auto own_name = file.Texts(variables, "name");
  KerasLayer layer{own_name && own_name->size() == 1 ? own_name->front() : name, {}};
  const std::size_t count = file.Children(variables).size();
  for (std::size_t i = 0; i < count; ++i) {
    Result<FloatTensor> tensor = file.Floats(variables + "/" + std::to_string(i));
    if (!tensor) return tensor.error();
    layer.weights.push_back(*std::move(tensor));
  }
  return layer;
}

// {"config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, H, W, 3]}}, …]}}
std::optional<ImageSize> InputSize(const Hdf5File& file) {
  const auto text = file.Texts("/", "model_config");
  if (!text || text->size() != 1) return std::nullopt;
  const Json model = Json::parse(text->front(), nullptr, /*allow_exceptions=*/false);
  const auto at = [](const Json& object, const char* key) {
    return object.is_object() && object.contains(key) ? object[key] : Json();
  };
  const Json layers = at(at(model, "config"), "layers");
  if (!layers.is_array() || layers.empty()) return std::nullopt;
  const Json input = at(layers[0], "config");
  for (const char* key : {"batch_shape", "batch_input_shape"}) {
    const Json shape = at(input, key);
    if (!shape.is_array() || shape.size() != 4 || !shape[1].is_number_integer() ||
        !shape[2].is_number_integer()) {
      continue;
    }
    return ImageSize{shape[2].get<int>(), shape[1].get<int>()};
  }
  return std::nullopt;
}

}  // namespace

Result<KerasWeights> KerasWeights::Read(std::span<const std::byte> bytes) {
  Result<Hdf5File> file = Hdf5File::Open(bytes);
  if (!file) return file.error();
  KerasWeights weights;
  weights.input_size_ = InputSize(*file);
  for (const char* root : {kClassic, "/"}) {
    const auto names = LongTexts(*file, root, "layer_names");
    if (!names) continue;
    Result<std::vector<KerasLayer>> layers = ReadClassic(*file, root, *names);
    if (!layers) return layers.error();
    weights.queues_[""].layers = *std::move(layers);
    return weights;
  }
  if (!file->HasGroup(kKeras3)) {
    return Error{ErrorCode::kBadModel, "an HDF5 file, but not of Keras: it lists no layers"};
  }
  std::vector<std::pair<int, std::string>> names;
  for (const std::string& name : file->Children(kKeras3)) names.emplace_back(SplitName(name).number, name);
  std::sort(names.begin(), names.end());
  for (const auto& [number, name] : names) {
    Result<KerasLayer> layer = ReadKeras3Layer(*file, name);
    if (!layer) return layer.error();
    if (!layer->weights.empty()) weights.queues_[SplitName(name).name].layers.push_back(*std::move(layer));
  }
  return weights;
}

const KerasLayer* KerasWeights::Next(const std::string& layer_class) {
  const auto found = queues_.find(queues_.contains("") ? "" : layer_class);
  if (found == queues_.end() || found->second.taken == found->second.layers.size()) return nullptr;
  return &found->second.layers[found->second.taken++];
}

const KerasLayer* KerasWeights::Left() const {
  for (const auto& [name, queue] : queues_) {
    if (queue.taken < queue.layers.size()) return &queue.layers[queue.taken];
  }
  return nullptr;
}

}  // namespace coulis::models
