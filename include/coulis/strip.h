// Copies of images without what a camera or a program wrote beside the pixels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "coulis/export.h"
#include "coulis/progress.h"
#include "coulis/result.h"
#include "coulis/results.h"
#include "coulis/storage.h"

namespace coulis {

/// Settings of `Strip`.
struct StripOptions {
  std::string input;               ///< As in EmbedOptions, but one.
  std::vector<std::string> globs;  ///< As in EmbedOptions.
  std::filesystem::path out;       ///< A folder of this machine, not inside of the input.
  bool overwrite = false;          ///< Replace files that are there; else the first is an error.
  StorageOptions storage;
};

/// What `Strip` did.
struct StripReport {
  static constexpr std::size_t kExamples = 10;
  std::int64_t images = 0;  ///< Written.
  std::int64_t turned = 0;  ///< Of these, with an orientation that was kept.
  std::int64_t other = 0;   ///< Of these, neither JPEG nor PNG nor WebP: copied as they are.
  std::int64_t bytes = 0;   ///< That are gone.
  std::int64_t unread = 0;  ///< Not written: could not be read, or not be stripped.
  std::vector<BadImage> unread_examples;
};

/// Writes each image of the input to OUT/PATH, its path below the input, by StripMetadata (coulis/image.h),
/// each whole or not at all. Errors: kInvalidArgument, kNotFound, kAlreadyExists, kIo, kCancelled.
[[nodiscard]] COULIS_EXPORT Result<StripReport> Strip(const StripOptions& options, Progress* progress,
                                                      std::stop_token stop);

}  // namespace coulis
