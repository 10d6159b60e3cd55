#include "models/import_arithmetic.h"

#include <utility>

#include "models/exact_network.h"
#include "models/tflite_file.h"

namespace coulis::models {
namespace {

constexpr const char* kExact = "exact";
constexpr const char* kEngine = "engine";

Result<ImportedNetwork> ReadForEngine(const ImportOptions& options, const NetworkFormat& format,
                                      const std::string& arithmetic, const std::string& obstacle) {
  Result<std::shared_ptr<ov::Model>> network = ReadNetwork(options.file, format);
  if (!network) return network.error();
  return ImportedNetwork{*std::move(network), arithmetic, obstacle};
}

// Windows and means are made for the file's own size.
bool HasSize(const ov::Model& network, const ImageSize& size) {
  const ov::Shape shape = network.get_parameters().front()->get_shape();
  return shape.size() == 4 && shape[1] == static_cast<std::size_t>(size.height) &&
         shape[2] == static_cast<std::size_t>(size.width);
}

Result<std::shared_ptr<ov::Model>> ReadExactly(const ImportOptions& options, const TfliteFile& file) {
  Result<std::shared_ptr<ov::Model>> network = ExactNetwork(file);
  if (network && options.size && !HasSize(**network, *options.size)) {
    return Error{ErrorCode::kBadModel, "--size is not the file's own"};
  }
  return network;
}

}  // namespace

Result<ImportedNetwork> ReadForImport(const ImportOptions& options, const NetworkFormat& format) {
  const std::string& wanted = options.arithmetic;
  if (!wanted.empty() && wanted != kExact && wanted != kEngine) {
    return Error{ErrorCode::kInvalidArgument, "--arithmetic takes exact or engine, not \"" + wanted + "\""};
  }
  const bool is_tflite = format.frontend == "tflite";
  const Result<TfliteFile> file = is_tflite
                                      ? ReadTflite(options.file)
                                      : Result<TfliteFile>(Error{ErrorCode::kBadModel, "another format"});
  // A file that the list of operations cannot be had from may still be one that the engine's reader can read.
  if (!file || !IsQuantised(*file)) {
    if (wanted.empty()) return ReadForEngine(options, format, "", "");
    return Error{ErrorCode::kInvalidArgument, "--arithmetic is for quantised TensorFlow Lite networks: " +
                                                  options.file.string() + " is none"};
  }
  if (wanted == kEngine) return ReadForEngine(options, format, kEngine, "");
  Result<std::shared_ptr<ov::Model>> network = ReadExactly(options, *file);
  if (network) return ImportedNetwork{*std::move(network), kExact, ""};
  if (wanted.empty()) return ReadForEngine(options, format, kEngine, network.error().message);
  return Error{ErrorCode::kBadModel, options.file.string() + " cannot be computed exactly as LiteRT does (" +
                                         network.error().message + "): say --arithmetic engine"};
}

}  // namespace coulis::models
