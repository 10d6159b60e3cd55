// A folder that is built aside and becomes visible with one rename, whole or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "base/file_descriptor.h"
#include "coulis/result.h"

namespace coulis::models {

/// A hidden folder inside `parent`, removed by the destructor unless it was published. It is locked (flock)
/// while this object lives, so that what a killed process leaves behind can be told apart and is swept by the
/// next one. Not thread-safe.
class Staging {
 public:
  /// Makes `parent` when missing, sweeps what killed processes left there. Errors: kIo.
  [[nodiscard]] static Result<Staging> Make(const std::filesystem::path& parent);
  ~Staging();
  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// Flushes every file to disk and renames the folder to parent/name; what was there before is replaced in
  /// the same step (and then removed). Errors: kIo.
  [[nodiscard]] Result<void> Publish(const std::string& name);

 private:
  Staging(std::filesystem::path folder, FileDescriptor lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  FileDescriptor lock_;
};

}  // namespace coulis::models
