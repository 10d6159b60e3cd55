// Deterministic photographs of fruit that never were: any number, any size, folders as labels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "coulis/export.h"
#include "coulis/image.h"
#include "coulis/result.h"

namespace coulis {

/// Settings of `Synthesize`.
struct SynthOptions {
  std::int64_t count = 100;   ///< How many images. Range ≥ 1.
  std::filesystem::path out;  ///< Folder to write; made when missing.
  ImageSize size{100, 100};   ///< Pixels. Range 1 to 16384 a side.
  int classes = 8;            ///< Kinds of fruit = sub-folders = labels. Range 1 to 64.
  std::uint64_t seed = 1;     ///< Same seed, count, size and classes: the same bytes, on any machine.
  int quality = 90;           ///< JPEG quality, 1 to 100.
  int threads = 1;
  bool overwrite = false;  ///< Allow a folder that is not empty.
};

/// Writes `count` JPEGs to out/<class>/<class>_<number>.jpg, the classes taking turns. More images or more
/// classes leave those as they are that fewer would have given. A file appears whole or not at all.
/// `progress` gets the number done so far, from any thread. Errors: kInvalidArgument, kAlreadyExists, kIo,
/// kCancelled.
[[nodiscard]] COULIS_EXPORT Result<void> Synthesize(const SynthOptions& options, std::stop_token stop = {},
                                                    const std::function<void(std::int64_t)>& progress = {});

}  // namespace coulis
