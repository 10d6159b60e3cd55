// What works on this machine and what to do about the rest.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/cores.h"
#include "base/path_text.h"
#include "coulis/engine.h"
#include "coulis/image.h"
#include "coulis/model.h"
#include "coulis/pipeline.h"
#include "coulis/version.h"
#include "pipeline/stopwatch.h"
#include "store/bucket.h"
#include "store/credentials.h"
#include "store/storage.h"
#include "store/store_version.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

constexpr const char* kDefaultModel = "mobilenet_v2";

Check CpuCheck() {
  std::string kernels;
  for (const ResizeKernel kernel : AvailableResizeKernels()) kernels += " " + std::string(ToString(kernel));
  return {"processor", true,
          std::to_string(UsableCores()) + " usable cores; resize kernels:" + kernels +
              "; instructions for int8: " + (Engine::HasInt8Instructions() ? "yes" : "no")};
}

Check MemoryCheck() {
  const double gigabytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                           static_cast<double>(::sysconf(_SC_PAGE_SIZE)) / (1 << 30);
  const bool enough = gigabytes >= 2;
  return {
      "memory", enough,
      std::to_string(static_cast<int>(gigabytes)) + " GiB" + (enough ? "" : ": less than the 2 GiB advised")};
}

Check ModelCheck(const Result<Model>& model) {
  if (!model) return {"model", false, model.error().message};
  return {"model", true, model->description.name + " in " + PathText(model->folder.native())};
}

// Loads the model as a run would, and embeds one picture.
Check EngineCheck(const Model& model) {
  const Stopwatch watch;
  Result<Engine> engine =
      Engine::Load(model, {.threads = 1, .layer = "", .cache_folder = DefaultCacheFolder()});
  if (!engine) return {"inference", false, engine.error().message};
  Result<InferRequest> request = engine->NewRequest();
  if (!request) return {"inference", false, request.error().message};
  const Result<std::span<const float>> features = request->Run();
  if (!features) return {"inference", false, features.error().message};
  return {"inference", true,
          std::to_string(features->size()) + " features, ready after " +
              std::to_string(static_cast<int>(watch.Seconds() * 1000)) + " ms"};
}

Check CacheCheck() {
  const fs::path folder = DefaultCacheFolder();
  std::error_code problem;
  fs::create_directories(folder, problem);
  const bool writable = !folder.empty() && ::access(folder.c_str(), W_OK) == 0;
  return {"cache folder", writable,
          PathText(folder.native()) +
              (writable ? "" : ": not writable, so every start compiles the model anew; set XDG_CACHE_HOME")};
}

Check CredentialsCheck() {
  const std::string source = CredentialSource();
  return {"S3 credentials", true,
          source.empty()
              ? "none here; for s3:// set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the machine a role"
              : "from " + source};
}

// Whether it can be reached, lies where it may, and lets itself be listed.
Check LocationCheck(const std::string& text, const Storage& storage) {
  const std::string name = PathText(text);
  const Result<Location> location = storage.Open(text);
  if (!location) return {"storage", false, location.error().message};
  const Result<std::vector<std::string>> names = NamesIn(*location);
  if (!names) return {name, false, names.error().message};
  const std::string region =
      location->bucket() == nullptr ? "this machine" : "region " + location->bucket()->region();
  return {name, true, region + "; " + std::to_string(names->size()) + " files and folders"};
}

}  // namespace

std::vector<Check> Doctor(const std::vector<std::string>& locations, const StorageOptions& options) {
  std::vector<Check> checks = {
      {"version", true, "Coulis " + std::string(Version())},          CpuCheck(),   MemoryCheck(),
      {"libraries", true, Engine::Version() + ", " + StoreVersion()}, CacheCheck(),
  };
  const Result<Model> model = OpenModel(kDefaultModel);
  checks.push_back(ModelCheck(model));
  if (model) checks.push_back(EngineCheck(*model));
  checks.push_back(CredentialsCheck());
  const Storage storage(options);
  for (const std::string& location : locations) checks.push_back(LocationCheck(location, storage));
  return checks;
}

}  // namespace coulis
