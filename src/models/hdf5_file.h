// What Coulis needs of an HDF5 file. The only place that includes HDF5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coulis/result.h"
#include "models/torch_pickle.h"

namespace coulis::models {

/// A file of strangers, open for reading from memory. Nothing outside of it is opened: links to other files,
/// data kept in other files and filters that are plugins are refused. Not thread-safe; several may be open.
class Hdf5File {
 public:
  /// Copies `bytes`. Errors: kBadModel (not HDF5, or cut off).
  [[nodiscard]] static Result<Hdf5File> Open(std::span<const std::byte> bytes);
  ~Hdf5File();
  Hdf5File(Hdf5File&& other) noexcept;
  Hdf5File& operator=(Hdf5File&&) = delete;

  /// Paths are absolute: "/layers/conv2d".
  [[nodiscard]] bool HasGroup(const std::string& path) const;
  /// Names of what lies in a group, in the order of bytes; empty when there is no such group.
  [[nodiscard]] std::vector<std::string> Children(const std::string& group) const;
  /// An attribute of a group that is one text, or a list of texts; nothing when it is not there or damaged.
  [[nodiscard]] std::optional<std::vector<std::string>> Texts(const std::string& group,
                                                              const std::string& attribute) const;
  /// A data set of numbers as floats. Errors: kBadModel (missing, damaged, no numbers, one that is not
  /// finite, or far more of them than the file could hold).
  [[nodiscard]] Result<FloatTensor> Floats(const std::string& path);

 private:
  Hdf5File(std::int64_t file, std::size_t budget) : file_(file), budget_(budget) {}

  std::int64_t file_;
  /// Bytes of floats that may still be read: a small file can claim any number of them.
  std::size_t budget_;
};

}  // namespace coulis::models
