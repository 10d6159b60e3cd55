// Networks small enough to compute by hand, written as OpenVINO IR on the spot.
#pragma once

#include <string>
#include <vector>

#include "coulis/model.h"
#include "scratch_folder.h"

namespace coulis::infer {

/// What a test wants of its network: it mixes R, G, B into two channels ("mix", tensor "mixed"), then takes
/// the mean over height and width ("pool", tensor "features").
struct SmallNetwork {
  std::string layout = "NCHW";
  ImageSize size{4, 2};
  /// Batch extent in the file; -1: any.
  int batch = 1;
  /// mix[c] = sum over channels k of weights[c][k] * pixel[k].
  float weights[2][3] = {{1, 2, 3}, {-1, 0.5F, 0}};
  /// A second output: "mix" itself.
  bool second_output = false;
  /// A second input, added to the first.
  bool second_input = false;
};

/// Writes model.xml and model.bin into `folder`; the description has no mean and a scale of 1.
[[nodiscard]] inline Model WriteSmallNetwork(const ScratchFolder& folder, const SmallNetwork& network = {}) {
  const auto dims = [](const std::vector<int>& extents) {
    std::string text;
    for (const int extent : extents) text += "<dim>" + std::to_string(extent) + "</dim>";
    return text;
  };
  const auto list = [](const std::vector<int>& extents) {
    std::string text;
    for (const int extent : extents) text += (text.empty() ? "" : ",") + std::to_string(extent);
    return text;
  };
  const auto output = [&](int port, const std::string& names, const std::vector<int>& extents,
                          const std::string& precision = "FP32") {
    return "<output><port id=\"" + std::to_string(port) + "\" precision=\"" + precision + "\" names=\"" +
           names + "\">" + dims(extents) + "</port></output>";
  };
  const auto layer = [](int id, const std::string& name, const std::string& type, const std::string& inside) {
    return "<layer id=\"" + std::to_string(id) + "\" name=\"" + name + "\" type=\"" + type +
           "\" version=\"opset1\">" + inside + "</layer>";
  };
  const auto constant = [&](int id, const std::string& type, int offset, int size,
                            const std::vector<int>& extents) {
    return layer(id, "constant" + std::to_string(id), "Const",
                 "<data element_type=\"" + type + "\" shape=\"" + list(extents) + "\" offset=\"" +
                     std::to_string(offset) + "\" size=\"" + std::to_string(size) + "\"/>" +
                     output(0, "", extents, type == "f32" ? "FP32" : "I64"));
  };
  const auto input = [](const std::vector<int>& extents, const auto& to_text) {
    return "<port id=\"0\" precision=\"FP32\">" + to_text(extents) + "</port>";
  };
  const auto edge = [](int from, int from_port, int to, int to_port) {
    return "<edge from-layer=\"" + std::to_string(from) + "\" from-port=\"" + std::to_string(from_port) +
           "\" to-layer=\"" + std::to_string(to) + "\" to-port=\"" + std::to_string(to_port) + "\"/>";
  };

  const bool nhwc = network.layout == "NHWC";
  const auto [width, height] = network.size;
  const std::vector<int> image =
      nhwc ? std::vector{network.batch, height, width, 3} : std::vector{network.batch, 3, height, width};
  const std::vector<int> mixed =
      nhwc ? std::vector{network.batch, height, width, 2} : std::vector{network.batch, 2, height, width};
  const std::vector<int> kernel = nhwc ? std::vector{2, 3} : std::vector{2, 3, 1, 1};
  const auto parameter = [&](int id, const std::string& name) {
    return layer(id, name, "Parameter",
                 "<data shape=\"" + list(image) + "\" element_type=\"f32\"/>" + output(0, name, image));
  };
  const std::string two_inputs = "<input>" + input(image, dims) + "<port id=\"1\" precision=\"FP32\">" +
                                 dims(kernel) + "</port></input>";

  std::string layers = parameter(0, "image") + constant(1, "f32", 0, 24, kernel);
  layers += nhwc ? layer(2, "mix", "MatMul",
                         "<data transpose_a=\"false\" transpose_b=\"true\"/>" + two_inputs +
                             output(2, "mixed", mixed))
                 : layer(2, "mix", "Convolution",
                         "<data strides=\"1,1\" dilations=\"1,1\" pads_begin=\"0,0\" pads_end=\"0,0\" "
                         "auto_pad=\"explicit\"/>" +
                             two_inputs + output(2, "mixed", mixed));
  layers += constant(3, "i64", nhwc ? 40 : 24, 16, {2});
  layers += layer(4, "pool", "ReduceMean",
                  "<data keep_dims=\"false\"/><input>" + input(mixed, dims) +
                      "<port id=\"1\" precision=\"I64\"><dim>2</dim></port></input>" +
                      output(2, "features", {network.batch, 2}));
  layers += layer(5, "features/sink", "Result", "<input>" + input({network.batch, 2}, dims) + "</input>");
  std::string edges = edge(1, 0, 2, 1) + edge(2, 2, 4, 0) + edge(3, 0, 4, 1) + edge(4, 2, 5, 0);
  if (network.second_output) {
    layers += layer(6, "mixed/sink", "Result", "<input>" + input(mixed, dims) + "</input>");
    edges += edge(2, 2, 6, 0);
  }
  if (network.second_input) {
    layers += parameter(7, "other");
    layers += layer(8, "sum", "Add",
                    "<input>" + input(image, dims) + "<port id=\"1\" precision=\"FP32\">" + dims(image) +
                        "</port></input>" + output(2, "sum", image));
    edges += edge(0, 0, 8, 0) + edge(7, 0, 8, 1) + edge(8, 2, 2, 0);
  } else {
    edges += edge(0, 0, 2, 0);
  }

  // Constants: the weights, then the axes of height and width in NCHW, then in NHWC.
  const std::int64_t axes[4] = {2, 3, 1, 2};
  std::string bin(reinterpret_cast<const char*>(network.weights), sizeof(network.weights));
  bin.append(reinterpret_cast<const char*>(axes), sizeof(axes));
  folder.Write("model.xml", "<?xml version=\"1.0\"?><net name=\"small\" version=\"11\"><layers>" + layers +
                                "</layers><edges>" + edges + "</edges></net>");
  folder.Write("model.bin", bin);

  Model model;
  model.folder = folder.path();
  model.description.name = "small";
  model.description.input_size = network.size;
  model.description.layout = network.layout;
  model.description.feature_length = 2;
  model.description.network = "model.xml";
  return model;
}

}  // namespace coulis::infer
