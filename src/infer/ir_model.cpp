#include "infer/ir_model.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>
#include <pugixml.hpp>
#include <sstream>
#include <string_view>
#include <system_error>

namespace coulis::infer {
namespace {

/// A place where a tensor leaves a layer, as edges name it.
struct OutputPort {
  std::string layer;
  std::string port;
};

Result<std::string> ReadFile(const std::filesystem::path& path) {
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(path, problem);
  if (problem == std::errc::no_such_file_or_directory) {
    return Error{ErrorCode::kNotFound, "the network file " + path.string() + " does not exist"};
  }
  std::ifstream file(path, std::ios::binary);
  if (problem || !file) return Error{ErrorCode::kIo, "cannot read " + path.string()};
  std::string content(size, '\0');
  if (!file.read(content.data(), static_cast<std::streamsize>(size))) {
    return Error{ErrorCode::kIo, "cannot read " + path.string()};
  }
  return content;
}

bool IsType(const pugi::xml_node& layer, std::string_view type) {
  return layer.attribute("type").value() == type;
}

// `names` of a port: the names of its tensor, separated by commas.
bool HasTensorName(const pugi::xml_node& port, std::string_view wanted) {
  std::istringstream names(port.attribute("names").value());
  for (std::string name; std::getline(names, name, ',');) {
    if (name == wanted) return true;
  }
  return false;
}

// Not what works inside of a layer ("~…", docs/formats.md).
bool Computes(const pugi::xml_node& layer) {
  if (std::string_view(layer.attribute("name").value()).starts_with('~')) return false;
  return !IsType(layer, "Const") && !IsType(layer, "Parameter") && !IsType(layer, "Result");
}

/// Whether the layer could be a feature layer: one that computes something of 2 or 4 dimensions.
bool IsUsable(const pugi::xml_node& layer) {
  if (!Computes(layer)) return false;
  const auto extents = layer.child("output").child("port").children("dim");
  const auto rank = std::distance(extents.begin(), extents.end());
  return rank == 2 || rank == 4;
}

std::optional<OutputPort> FindOutput(const pugi::xml_node& layers, const std::string& name) {
  for (const pugi::xml_node& layer : layers.children("layer")) {
    if (!Computes(layer)) continue;
    const bool named = layer.attribute("name").value() == name;
    for (const pugi::xml_node& port : layer.child("output").children("port")) {
      if (named || HasTensorName(port, name)) {
        return OutputPort{layer.attribute("id").value(), port.attribute("id").value()};
      }
    }
  }
  return std::nullopt;
}

// Levenshtein's edit distance.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

Error NoSuchLayer(const pugi::xml_node& layers, const std::string& wanted) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const pugi::xml_node& layer : layers.children("layer")) {
    const std::string name = layer.attribute("name").value();
    if (IsUsable(layer)) near.emplace_back(Distance(name, wanted), name);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  constexpr std::size_t kShown = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(near.size(), kShown); ++i)
    names += (i == 0 ? "" : ", ") + near[i].second;
  return {ErrorCode::kNotFound, "the model has no layer \"" + wanted + "\"; it has " +
                                    (names.empty() ? "none that gives features" : names) +
                                    (near.size() > kShown ? ", …" : "")};
}

std::vector<int> Extents(const pugi::xml_node& port) {
  std::vector<int> extents;
  for (const pugi::xml_node& extent : port.children("dim")) extents.push_back(extent.text().as_int());
  return extents;
}

// Convolution and pooling of this format are always channels first. A Transpose of four extents is taken for
// a change between the two layouts. Everything else keeps the layout of its first input that is computed.
bool ChannelsLast(const pugi::xml_node& layers, const pugi::xml_node& edges, std::string from,
                  bool input_last) {
  constexpr std::string_view kChannelsFirst[] = {"Convolution", "GroupConvolution", "ConvolutionBackpropData",
                                                 "MaxPool",     "AvgPool",          "BatchNormInference"};
  bool flipped = false;
  // A damaged graph may run in circles.
  for (auto steps = std::distance(layers.begin(), layers.end()); steps > 0; --steps) {
    const pugi::xml_node layer = layers.find_child_by_attribute("layer", "id", from.c_str());
    if (!layer || IsType(layer, "Parameter")) return input_last != flipped;
    if (std::any_of(std::begin(kChannelsFirst), std::end(kChannelsFirst),
                    [&](std::string_view type) { return IsType(layer, type); })) {
      return flipped;
    }
    if (IsType(layer, "Transpose") && Extents(layer.child("output").child("port")).size() == 4)
      flipped = !flipped;
    std::string next;
    for (const pugi::xml_node& edge : edges.children("edge")) {
      if (edge.attribute("to-layer").value() != from) continue;
      const char* source = edge.attribute("from-layer").value();
      if (!IsType(layers.find_child_by_attribute("layer", "id", source), "Const")) {
        next = source;
        break;
      }
    }
    if (next.empty()) return flipped;
    from = next;
  }
  return flipped;
}

// Leaves `result` as the only output, fed from `source` when given.
void KeepOutput(pugi::xml_node layers, pugi::xml_node edges, const pugi::xml_node& result,
                const std::optional<OutputPort>& source) {
  const std::string kept = result.attribute("id").value();
  std::vector<pugi::xml_node> others;
  for (const pugi::xml_node& layer : layers.children("layer")) {
    if (IsType(layer, "Result") && layer != result) others.push_back(layer);
  }
  for (const pugi::xml_node& other : others) {
    edges.remove_child(edges.find_child_by_attribute("to-layer", other.attribute("id").value()));
    layers.remove_child(other);
  }
  if (!source) return;
  pugi::xml_node edge = edges.find_child_by_attribute("to-layer", kept.c_str());
  edge.attribute("from-layer").set_value(source->layer.c_str());
  edge.attribute("from-port").set_value(source->port.c_str());
}

}  // namespace

Result<IrModel> ReadIr(const std::filesystem::path& network) {
  Result<std::string> xml = ReadFile(network);
  if (!xml) return xml.error();
  const Result<std::string> weights = ReadFile(std::filesystem::path(network).replace_extension(".bin"));
  if (!weights) return weights.error();
  const auto* bytes = reinterpret_cast<const std::byte*>(weights->data());
  return IrModel{*std::move(xml), {bytes, bytes + weights->size()}};
}

Result<SingleOutput> WithSingleOutput(const std::string& xml, const std::string& layer,
                                      const std::string& layout) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  const pugi::xml_node layers = document.child("net").child("layers");
  const pugi::xml_node edges = document.child("net").child("edges");
  if (!parsed || !layers || !edges) {
    return Error{ErrorCode::kBadModel, std::string("the network file is cut off or is not OpenVINO IR (") +
                                           parsed.description() + ")"};
  }
  const auto inputs = std::count_if(layers.begin(), layers.end(),
                                    [](const pugi::xml_node& node) { return IsType(node, "Parameter"); });
  if (inputs != 1) {
    return Error{ErrorCode::kBadModel, "the network has " + std::to_string(inputs) +
                                           " inputs; only networks of one input are supported"};
  }
  const pugi::xml_node result = layers.find_child_by_attribute("layer", "type", "Result");
  if (!result) return Error{ErrorCode::kBadModel, "the network has no output"};

  std::optional<OutputPort> source;
  if (!layer.empty()) {
    source = FindOutput(layers, layer);
    if (!source) return NoSuchLayer(layers, layer);
  }
  KeepOutput(layers, edges, result, source);
  std::ostringstream edited;
  document.save(edited, "", pugi::format_raw);
  const pugi::xml_node last = edges.find_child_by_attribute("to-layer", result.attribute("id").value());
  return SingleOutput{edited.str(),
                      ChannelsLast(layers, edges, last.attribute("from-layer").value(), layout == "NHWC")};
}

}  // namespace coulis::infer
