#include "description/description.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace coulis {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr int kLargestSide = 8192;
constexpr int kLongestFeature = 1 << 24;

/// Takes values out of a JSON object by name; the first that is missing or wrong is remembered.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  std::string Text(const char* name) {
    const Json* value = Find(name);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    return Refuse(name, "is not a text"), "";
  }

  int Integer(const char* name, int least, int greatest) {
    const Json* value = Find(name);
    if (value != nullptr && value->is_number_integer()) {
      const auto number = value->get<std::int64_t>();
      if (number >= least && number <= greatest) return static_cast<int>(number);
    }
    return Refuse(name, "is not a number from " + std::to_string(least) + " to " + std::to_string(greatest)),
           least;
  }

  std::array<float, 3> Channels(const char* name) {
    std::array<float, 3> channels{};
    const Json* value = Find(name);
    if (value == nullptr || !value->is_array() || value->size() != channels.size() ||
        !std::all_of(value->begin(), value->end(), [](const Json& v) { return v.is_number(); })) {
      return Refuse(name, "is not three numbers"), channels;
    }
    for (std::size_t i = 0; i < channels.size(); ++i) channels[i] = (*value)[i].get<float>();
    return channels;
  }

  std::map<std::string, std::string> Texts(const char* name) {
    std::map<std::string, std::string> texts;
    const Json* value = Find(name);
    if (value == nullptr || !value->is_object()) return Refuse(name, "is not an object"), texts;
    for (const auto& [key, text] : value->items()) {
      if (!text.is_string()) return Refuse(name, "holds something that is not a text"), texts;
      texts[key] = text.get<std::string>();
    }
    return texts;
  }

  /// Values that few models need may be absent.
  [[nodiscard]] bool Has(const char* name) const { return object_.contains(name); }

  void Refuse(const std::string& name, const std::string& reason) {
    if (problem_.empty()) problem_ = "\"" + name + "\" " + reason;
  }

  void Require(bool holds, const char* name, const char* reason) {
    if (!holds) Refuse(name, reason);
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const Json* Find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const Json& object_;
  std::string problem_;
};

bool IsSha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

ResizeFilter ReadFilter(Reader& reader) {
  const std::string name = reader.Text("resize_filter");
  for (const ResizeFilter filter : {ResizeFilter::kBicubic, ResizeFilter::kBilinear}) {
    if (name == ToString(filter)) return filter;
  }
  return reader.Refuse("resize_filter", "is neither bicubic nor bilinear"), ResizeFilter::kBicubic;
}

bool ReadTakesU8(Reader& reader) {
  const std::string type = reader.Text("input_type");
  reader.Require(type == "f32" || type == "u8", "input_type", "is neither f32 nor u8");
  return type == "u8";
}

std::string ReadArithmetic(Reader& reader) {
  std::string name = reader.Text("arithmetic");
  reader.Require(name == "exact" || name == "engine", "arithmetic", "is neither exact nor engine");
  return name;
}

void CheckMeaning(Reader& reader, const ModelDescription& model) {
  reader.Require(IsPlainName(model.name), "name", "is not a plain name");
  reader.Require(model.layout == "NCHW" || model.layout == "NHWC", "layout", "is neither NCHW nor NHWC");
  for (std::size_t i = 0; i < model.scale.size(); ++i) {
    reader.Require(std::isfinite(model.mean[i]), "mean", "is not finite");
    reader.Require(std::isfinite(model.scale[i]) && model.scale[i] != 0, "scale", "is zero or not finite");
  }
  for (const auto& [file, sha256] : model.files) {
    reader.Require(IsPlainName(file), "files", "names a file outside the model's folder");
    reader.Require(IsSha256(sha256), "files", "holds something that is not a sha256");
  }
  reader.Require(IsSha256(model.sha256), "sha256", "is not a sha256");
  const auto onnx = model.files.find(kOnnxFile);
  reader.Require(onnx == model.files.end() || onnx->second == model.sha256, "sha256",
                 "is not the hash of model.onnx");
  const std::string constants = std::filesystem::path(model.network).replace_extension(".bin").string();
  reader.Require(model.files.contains(model.network) && model.files.contains(constants), "network",
                 "and its .bin file are not both among the files");
}

}  // namespace

bool IsPlainName(const std::string& name) {
  const auto plain = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name[0] != '.' && name[0] != '-' && std::all_of(name.begin(), name.end(), plain);
}

Result<ModelDescription> ParseModelDescription(const std::string& json) {
  const Json object = Json::parse(json, nullptr, false);
  if (!object.is_object()) return Error{ErrorCode::kBadModel, "model.json is not a JSON object"};
  Reader reader(object);
  reader.Integer("format", kFormat, kFormat);
  ModelDescription model;
  model.name = reader.Text("name");
  model.input_size = {reader.Integer("width", 1, kLargestSide), reader.Integer("height", 1, kLargestSide)};
  model.layout = reader.Text("layout");
  model.mean = reader.Channels("mean");
  model.scale = reader.Channels("scale");
  model.resize_filter = ReadFilter(reader);
  if (reader.Has("resize_shorter_side")) {
    model.resize_shorter_side = reader.Integer("resize_shorter_side", 1, kLargestSide);
  }
  if (reader.Has("input_type")) model.takes_u8 = ReadTakesU8(reader);
  if (reader.Has("arithmetic")) model.arithmetic = ReadArithmetic(reader);
  if (reader.Has("layer")) model.layer = reader.Text("layer");
  if (reader.Has("quantized_from")) model.quantized_from = reader.Text("quantized_from");
  model.feature_length = reader.Integer("feature_length", 1, kLongestFeature);
  model.licence = reader.Text("licence");
  model.source = reader.Text("source");
  model.sha256 = reader.Text("sha256");
  model.network = reader.Text("network");
  model.files = reader.Texts("files");
  CheckMeaning(reader, model);
  if (!reader.problem().empty()) return Error{ErrorCode::kBadModel, "model.json: " + reader.problem()};
  return model;
}

std::string WriteDescription(const ModelDescription& model) {
  nlohmann::ordered_json object;
  object["format"] = kFormat;
  object["name"] = model.name;
  object["width"] = model.input_size.width;
  object["height"] = model.input_size.height;
  object["layout"] = model.layout;
  object["mean"] = model.mean;
  object["scale"] = model.scale;
  object["resize_filter"] = ToString(model.resize_filter);
  if (model.resize_shorter_side > 0) object["resize_shorter_side"] = model.resize_shorter_side;
  if (model.takes_u8) object["input_type"] = "u8";
  if (!model.arithmetic.empty()) object["arithmetic"] = model.arithmetic;
  if (!model.layer.empty()) object["layer"] = model.layer;
  object["feature_length"] = model.feature_length;
  object["licence"] = model.licence;
  object["source"] = model.source;
  object["sha256"] = model.sha256;
  if (!model.quantized_from.empty()) object["quantized_from"] = model.quantized_from;
  object["network"] = model.network;
  object["files"] = model.files;
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace coulis
