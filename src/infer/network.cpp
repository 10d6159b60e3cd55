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
// whatever else runs. Pinning is off because two processes on one host would share a core. The precision is
// asked for by name, else the plugin takes bf16 where the processor has it. What is int8 says the network
// itself; the rest of it is f32.
Result<void> Configure(const ov_core_t* core, int threads, Precision precision) {
  const std::string count = std::to_string(threads);
  const std::string hint(ToString(precision == Precision::kInt8 ? Precision::kF32 : precision));
  const std::array<ov_property_t, 5> properties{{
      {ov_property_key_num_streams, count.c_str()},
      {ov_property_key_inference_num_threads, count.c_str()},
      {ov_property_key_hint_enable_cpu_pinning, "NO"},
      {ov_property_key_hint_inference_precision, hint.c_str()},
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
               const ModelDescription& description, Precision precision) {
  CacheKey key;
  key.Add(OpenVinoVersion())
      .Add(ProcessorName(core))
      .Add(xml)
      .Add(weights)
      .Add(description.layout)
      .Add(ToString(precision));
  key.Add(description.takes_u8 ? "u8" : "f32");
  key.Add(std::as_bytes(std::span(description.mean))).Add(std::as_bytes(std::span(description.scale)));
  return key.Add(std::as_bytes(std::span(&description.input_size, 1)));
}

// Without instructions for it, bf16 would run, but slower than f32.
Result<void> CheckPrecision(const ov_core_t* core, Precision precision) {
  if (precision != Precision::kBf16) return {};
  TextPtr capabilities;
  Calls calls;
  calls.Note(ov_core_get_property(core, "CPU", ov_property_key_device_capabilities, Out(capabilities)),
             "capabilities");
  if (!calls.failure() && std::string_view(capabilities.get()).find("BF16") != std::string_view::npos) {
    return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               "this processor has no bf16 instructions (AVX512_BF16 or AMX-BF16); use --precision f32"};
}

// bf16 holds integers of 8 bits only, and these need 24.
Result<void> CheckArithmetic(const ModelDescription& description, Precision precision) {
  if (description.arithmetic != "exact" || precision == Precision::kF32) return {};
  return Error{ErrorCode::kInvalidArgument,
               "the model " + description.name +
                   " computes with exact integers, which need --precision f32; for speed, import it with "
                   "--arithmetic engine"};
}

Result<CorePtr> StartCore(int threads, Precision precision) {
  CorePtr core;
  Calls calls;
  calls.Note(ov_core_create(Out(core)), "start");
  if (Result<void> started = calls.Outcome(ErrorCode::kInternal, "OpenVINO cannot start"); !started) {
    return started.error();
  }
  if (Result<void> able = CheckPrecision(core.get(), precision); !able) return able.error();
  if (Result<void> set = Configure(core.get(), threads, precision); !set) return set.error();
  return core;
}

}  // namespace

Result<CompiledNetwork> CompileNetwork(const Model& model, const EngineOptions& options) {
  if (Result<void> able = CheckArithmetic(model.description, options.precision); !able) return able.error();
  Result<IrModel> ir = ReadIr(model.folder / model.description.network);
  if (!ir) return ir.error();
  const Result<SingleOutput> output = WithSingleOutput(ir->xml, options.layer, model.description.layout);
  if (!output) return output.error();
  Result<CorePtr> core = StartCore(options.threads, options.precision);
  if (!core) return core.error();

  std::optional<CacheEntry> entry;
  CompiledNetwork network{*std::move(core), std::move(ir->weights), nullptr, output->channels_last};
  if (!options.cache_folder.empty()) {
    entry.emplace(options.cache_folder, KeyOf(network.core.get(), output->xml, network.memory,
                                              model.description, options.precision));
    if (std::optional<std::vector<std::byte>> cached = entry->Read()) {
      ov_core_import_model(network.core.get(), reinterpret_cast<const char*>(cached->data()), cached->size(),
                           "CPU", Out(network.compiled));
      if (network.compiled) {
        network.memory = *std::move(cached);
        return network;
      }
    }
  }
  Result<CompiledModelPtr> compiled =
      Compile(network.core.get(), output->xml, network.memory, model.description);
  if (!compiled) return compiled.error();
  network.compiled = *std::move(compiled);
  if (entry) entry->Write(network.compiled.get());
  return network;
}

}  // namespace coulis::infer
