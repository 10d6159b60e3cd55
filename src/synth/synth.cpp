#include "coulis/synth.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/parallel.h"
#include "base/system_error.h"
#include "synth/fruit_kind.h"
#include "synth/jpeg_writer.h"
#include "synth/noise.h"
#include "synth/random.h"
#include "synth/renderer.h"
#include "synth/scene.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxSide = 16384;

Result<void> Check(const SynthOptions& options) {
  const auto wrong = [](const std::string& what) { return Error{ErrorCode::kInvalidArgument, what}; };
  const auto kinds = static_cast<int>(synth::FruitKinds().size());
  const auto [width, height] = options.size;
  if (options.count < 1)
    return wrong("the number of images must be at least 1, got " + std::to_string(options.count));
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
    return wrong("the size must be 1x1 to " + std::to_string(kMaxSide) + "x" + std::to_string(kMaxSide) +
                 ", got " + std::to_string(width) + "x" + std::to_string(height));
  }
  if (options.classes < 1 || options.classes > kinds) {
    return wrong("the number of classes must be 1 to " + std::to_string(kinds) + ", got " +
                 std::to_string(options.classes));
  }
  if (options.quality < 1 || options.quality > 100) {
    return wrong("the JPEG quality must be 1 to 100, got " + std::to_string(options.quality));
  }
  if (options.threads < 1)
    return wrong("the number of threads must be at least 1, got " + std::to_string(options.threads));
  return {};
}

Result<void> MakeFolders(const SynthOptions& options) {
  std::error_code failed;
  fs::create_directories(options.out, failed);
  if (failed) return SystemError("cannot make the folder " + options.out.string(), failed.value());
  const bool empty = fs::is_empty(options.out, failed);
  if (failed) return SystemError("cannot read the folder " + options.out.string(), failed.value());
  if (!empty && !options.overwrite) {
    return Error{ErrorCode::kAlreadyExists,
                 options.out.string() + " is not empty: choose another folder, or --overwrite"};
  }
  const auto used = std::min<std::int64_t>(options.classes, options.count);
  for (const synth::FruitKind& kind : synth::FruitKinds().first(static_cast<std::size_t>(used))) {
    fs::create_directory(options.out / kind.name, failed);
    if (failed)
      return SystemError("cannot make the folder " + (options.out / kind.name).string(), failed.value());
  }
  return {};
}

fs::path ImagePath(const fs::path& out, const std::string& kind, std::int64_t number) {
  char digits[24];
  std::snprintf(digits, sizeof(digits), "%06lld", static_cast<long long>(number));
  return out / kind / (kind + "_" + digits + ".jpg");
}

/// Image `index` of the set: kinds take turns. Depends on nothing but the options and the index.
Result<void> MakeImage(const SynthOptions& options, std::int64_t index, synth::Renderer& renderer) {
  const std::int64_t number = index / options.classes;
  const auto kind_index = static_cast<std::size_t>(index % options.classes);
  const synth::FruitKind& kind = synth::FruitKinds()[kind_index];
  // Keyed by kind and number, not by index: more classes or a larger count leave the others as they are.
  synth::Random random(synth::Scramble(options.seed) + kind_index, static_cast<std::uint64_t>(number));
  const std::uint64_t grain_key = random.Next();
  const synth::Scene scene = synth::ComposeScene(kind, options.size, random);

  Result<synth::JpegWriter> writer =
      synth::JpegWriter::Open(ImagePath(options.out, kind.name, number), options.size, options.quality);
  if (!writer) return writer.error();
  constexpr int kRows = 16;
  for (int row = 0; row < options.size.height; row += kRows) {
    const int rows = std::min(kRows, options.size.height - row);
    const Result<void> written = writer->Write(renderer.Paint(scene, options.size, row, rows, grain_key));
    if (!written) return written.error();
  }
  return writer->Finish();
}

}  // namespace

Result<void> Synthesize(const SynthOptions& options, std::stop_token stop,
                        const std::function<void(std::int64_t)>& progress) {
  if (Result<void> checked = Check(options); !checked) return checked;
  if (Result<void> made = MakeFolders(options); !made) return made;

  const synth::Noise noise;
  std::atomic<std::int64_t> done = 0;
  return ParallelFor(options.threads, options.count, [&](std::int64_t index) -> Result<void> {
    if (stop.stop_requested()) {
      return Error{ErrorCode::kCancelled, "stopped after " + std::to_string(done) + " of " +
                                              std::to_string(options.count) + " images"};
    }
    synth::Renderer renderer(noise);
    if (Result<void> made = MakeImage(options, index, renderer); !made) return made;
    const std::int64_t total = ++done;
    if (progress) progress(total);
    return {};
  });
}

}  // namespace coulis
