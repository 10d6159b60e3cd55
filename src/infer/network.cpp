#include "infer/network.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "infer/compiled_cache.h"
#include "infer/preprocessing.h"

namespace coulis::infer {
namespace {

// One stream of one thread a request: a request then runs on its caller's core alone and gives the same bits
// whatever else runs. Pinning is off because two processes on one host would share a core. f32 is asked for
// by name, else the plugin takes bf16 where the processor has it.
Result<void> Configure(const ov_core_t* core, int threads) {
  const std::string count = std::to_string(threads);
  const std::array<ov_property_t, 5> properties{{
      {ov_property_key_num_streams, count.c_str()},
      {ov_property_key_inference_num_threads, count.c_str()},
      {ov_property_key_hint_enable_cpu_pinning, "NO"},
      {ov_property_key_hint_inference_precision, "f32"},
      {ov_property_key_hint_performance_mode, "LATENCY"},
  }};
  Calls calls;
  calls.Note(ov_core_set_properties(core, "CPU", properties.size(), properties.data()), "settings");
  return calls.Outcome(ErrorCode::kInternal, "the CPU engine refused its settings");
}

Result<ModelPtr> Parse(const ov_core_t* core, const std::string& xml, std::vector<std::byte>& weights) {
  Extents extents{static_cast<std::int64_t>(weights.size())};
  TensorPtr constants;
  ModelPtr network;
  Calls calls;
  if (!weights.empty()) {
    calls.Note(ov_tensor_create_from_host_ptr(ov_element_type_e::U8, AsShape(extents), weights.data(),
                                              Out(constants)),
               "constants");
  }
  calls.Note(
      ov_core_read_model_from_memory_buffer(core, xml.data(), xml.size(), constants.get(), Out(network)),
      "read");
  if (Result<void> read = calls.Outcome(ErrorCode::kBadModel, "the network is damaged or not supported");
      !read) {
    return read.error();
  }
  return network;
}

Result<CompiledModelPtr> Compile(const ov_core_t* core, const std::string& xml,
                                 std::vector<std::byte>& weights, const ModelDescription& description) {
  Result<ModelPtr> parsed = Parse(core, xml, weights);
  if (!parsed) return parsed.error();
  const Result<ModelPtr> prepared = WithPreprocessing(*std::move(parsed), description);
  if (!prepared) return prepared.error();
  CompiledModelPtr compiled;
  Calls calls;
  calls.Note(ov_core_compile_model_props(core, prepared->get(), "CPU", 0, nullptr, Out(compiled)), "compile");
  if (Result<void> done = calls.Outcome(ErrorCode::kBadModel, "the network cannot be compiled"); !done) {
    return done.error();
  }
  return compiled;
}

// Everything that the compiled form depends on. Not the number of threads: import takes that from the core.
CacheKey KeyOf(const ov_core_t* core, const std::string& xml, std::span<const std::byte> weights,
               const ModelDescription& description) {
  CacheKey key;
  key.Add(OpenVinoVersion()).Add(ProcessorName(core)).Add(xml).Add(weights).Add(description.layout);
  key.Add(std::as_bytes(std::span(description.mean))).Add(std::as_bytes(std::span(description.scale)));
  return key.Add(std::as_bytes(std::span(&description.input_size, 1)));
}

Result<CorePtr> StartCore(int threads) {
  CorePtr core;
  Calls calls;
  calls.Note(ov_core_create(Out(core)), "start");
  if (Result<void> started = calls.Outcome(ErrorCode::kInternal, "OpenVINO cannot start"); !started) {
    return started.error();
  }
  if (Result<void> set = Configure(core.get(), threads); !set) return set.error();
  return core;
}

}  // namespace

Result<CompiledNetwork> CompileNetwork(const Model& model, const EngineOptions& options) {
  Result<IrModel> ir = ReadIr(model.folder / model.description.network);
  if (!ir) return ir.error();
  const Result<std::string> xml = WithSingleOutput(ir->xml, options.layer);
  if (!xml) return xml.error();
  Result<CorePtr> core = StartCore(options.threads);
  if (!core) return core.error();

  std::optional<CacheEntry> entry;
  CompiledNetwork network{*std::move(core), std::move(ir->weights), nullptr};
  if (!options.cache_folder.empty()) {
    entry.emplace(options.cache_folder, KeyOf(network.core.get(), *xml, network.memory, model.description));
    if (std::optional<std::vector<std::byte>> cached = entry->Read()) {
      ov_core_import_model(network.core.get(), reinterpret_cast<const char*>(cached->data()), cached->size(),
                           "CPU", Out(network.compiled));
      if (network.compiled) {
        network.memory = *std::move(cached);
        return network;
      }
    }
  }
  Result<CompiledModelPtr> compiled = Compile(network.core.get(), *xml, network.memory, model.description);
  if (!compiled) return compiled.error();
  network.compiled = *std::move(compiled);
  if (entry) entry->Write(network.compiled.get());
  return network;
}

}  // namespace coulis::infer
