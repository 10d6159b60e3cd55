// A tar archive as `coulis pack` writes it. Included by .cpp files of this layer only.
#pragma once

#include <arrow/io/interfaces.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct archive;

namespace coulis {

/// Writes to `stream`, which the caller closes. The first header is a global one of pax with kPackedComment,
/// by which readers know that paths are keys already. A label that is not the name of the image's folder is a
/// member before it, PATH without its extension and ".cls", as WebDataset has it. Not thread-safe.
class TarShard {
 public:
  explicit TarShard(std::shared_ptr<arrow::io::OutputStream> stream);
  ~TarShard();
  TarShard(const TarShard&) = delete;
  TarShard& operator=(const TarShard&) = delete;

  [[nodiscard]] arrow::Status Open();
  [[nodiscard]] arrow::Status Add(const std::string& path, const std::string& label,
                                  std::span<const std::byte> image);
  [[nodiscard]] arrow::Status Close();

 private:
  [[nodiscard]] arrow::Status AddMember(const std::string& name, std::span<const std::byte> content);
  [[nodiscard]] arrow::Status Problem() const;

  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  arrow::Status written_;
  std::string last_labelled_;  // the sample of the last label
};

}  // namespace coulis
