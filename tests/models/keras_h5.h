// Writes Keras's HDF5 files by hand, to be read by the reader under test.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/mobilenet_v2.h"
#include "scratch_folder.h"

namespace coulis::models {

struct H5Weight {
  std::string name;
  std::vector<hsize_t> shape;
};

struct H5Layer {
  std::string name;
  /// As Keras 3 counts: "conv2d".
  std::string layer_class;
  std::vector<H5Weight> weights;
};

/// Any numbers, the same for the same layer and place whatever the layout.
[[nodiscard]] inline std::vector<float> ValuesFor(const std::string& layer, const H5Weight& weight) {
  std::size_t count = 1;
  for (const hsize_t extent : weight.shape) count *= extent;
  std::size_t state = std::hash<std::string>()(layer + weight.name);
  std::vector<float> values(count);
  for (float& value : values) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    value = 0.5F + static_cast<float>(state >> 40) / static_cast<float>(1 << 25);
  }
  return values;
}

/// The layers of Keras's MobileNetV2 of the least width, 8 channels in each block.
[[nodiscard]] inline std::vector<H5Layer> SmallestMobileNetV2(hsize_t classes = 0) {
  using Kind = MobileNetV2Layer::Kind;
  std::vector<H5Layer> layers;
  hsize_t channels = 3;
  for (const MobileNetV2Layer& layer : MobileNetV2Layers(MobileNetV2Variant::Names::kKeras)) {
    if (layer.kind == Kind::kNorm) {
      const std::vector<hsize_t> shape{channels};
      layers.push_back(
          {layer.name,
           "batch_normalization",
           {{"gamma", shape}, {"beta", shape}, {"moving_mean", shape}, {"moving_variance", shape}}});
    } else if (layer.kind == Kind::kDepthwise) {
      layers.push_back({layer.name, "depthwise_conv2d", {{"depthwise_kernel", {3, 3, channels, 1}}}});
    } else {
      const hsize_t side = layer.name == "Conv1" ? 3 : 1;
      const hsize_t out = layer.name == "Conv_1" ? 1280 : layer.name.ends_with("_expand") ? 48 : 8;
      layers.push_back({layer.name, "conv2d", {{"kernel", {side, side, channels, out}}}});
      channels = out;
    }
  }
  if (classes > 0)
    layers.push_back({"predictions", "dense", {{"kernel", {1280, classes}}, {"bias", {classes}}}});
  return layers;
}

/// A file that is written group by group.
class H5Writer {
 public:
  explicit H5Writer(const std::filesystem::path& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ~H5Writer() { H5Fclose(file_); }
  H5Writer(const H5Writer&) = delete;
  H5Writer& operator=(const H5Writer&) = delete;

  [[nodiscard]] hid_t id() const { return file_; }

  void Floats(const std::string& path, const std::vector<hsize_t>& shape, const std::vector<float>& values) {
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t set =
        H5Dcreate2(file_, path.c_str(), H5T_NATIVE_FLOAT, space, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
  }

  /// Texts of one length, filled up with zeros, as h5py writes them for Keras 2.
  void Texts(const std::string& group, const std::string& name, const std::vector<std::string>& texts) {
    std::size_t length = 1;
    for (const std::string& text : texts) length = std::max(length, text.size());
    std::string raw;
    for (const std::string& text : texts) raw += text + std::string(length - text.size(), '\0');
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, length);
    const hsize_t count = texts.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    const hid_t open = H5Gopen2(file_, group.c_str(), H5P_DEFAULT);
    const hid_t attribute = H5Acreate2(open, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, raw.data());
    H5Aclose(attribute);
    H5Gclose(open);
    H5Sclose(space);
    H5Tclose(type);
  }

 private:
  hid_t file_;
};

/// `root`: "" as save_weights wrote, "/model_weights" as model.save does.
inline void WriteClassic(H5Writer& file, const std::vector<H5Layer>& layers, const std::string& root = "") {
  std::vector<std::string> names;
  for (const H5Layer& layer : layers) {
    names.push_back(layer.name);
    std::vector<std::string> weights;
    for (const H5Weight& weight : layer.weights) {
      weights.push_back(layer.name + "/" + weight.name + ":0");
      file.Floats(root + "/" + layer.name + "/" + weights.back(), weight.shape,
                  ValuesFor(layer.name, weight));
    }
    file.Texts(root + "/" + layer.name, "weight_names", weights);
  }
  file.Texts(root.empty() ? "/" : root, "layer_names", names);
}

inline void WriteKeras3(H5Writer& file, const std::vector<H5Layer>& layers) {
  std::map<std::string, int> counts;
  for (const H5Layer& layer : layers) {
    const int number = counts[layer.layer_class]++;
    const std::string group =
        "/layers/" + layer.layer_class + (number == 0 ? "" : "_" + std::to_string(number)) + "/vars";
    int place = 0;
    for (const H5Weight& weight : layer.weights) {
      file.Floats(group + "/" + std::to_string(place++), weight.shape, ValuesFor(layer.name, weight));
    }
    file.Texts(group, "name", {layer.name});
  }
}

}  // namespace coulis::models
