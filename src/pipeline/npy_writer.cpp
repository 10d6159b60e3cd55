#include "pipeline/npy_writer.h"

#include <string>
#include <utility>

namespace coulis {
namespace {

// Room for any shape that fits into a file, whatever n becomes; a multiple of 64, as the format asks.
constexpr std::size_t kHeaderBytes = 256;

}  // namespace

NpyWriter::NpyWriter(std::filesystem::path file, std::vector<std::int64_t> shape)
    : path_(std::move(file)), shape_(std::move(shape)), file_(path_, std::ios::binary) {
  WriteHeader();
}

void NpyWriter::Append(std::span<const std::uint8_t> item) {
  file_.write(reinterpret_cast<const char*>(item.data()), static_cast<std::streamsize>(item.size()));
  ++count_;
}

Result<void> NpyWriter::Finish() {
  file_.seekp(0);
  WriteHeader();
  file_.close();
  if (!file_) return Error{ErrorCode::kIo, "cannot write " + path_.string() + ": is the disk full?"};
  return {};
}

void NpyWriter::WriteHeader() {
  std::string text = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + std::to_string(count_);
  for (const std::int64_t extent : shape_) text += ", " + std::to_string(extent);
  text += "), }";
  constexpr std::size_t kMagicBytes = 10;
  constexpr std::size_t kTextBytes = kHeaderBytes - kMagicBytes;
  text.resize(kTextBytes - 1, ' ');
  text += '\n';
  std::string magic = "\x93NUMPY";
  magic += {1, 0, static_cast<char>(kTextBytes & 0xff), static_cast<char>(kTextBytes >> 8)};
  file_ << magic << text;
}

}  // namespace coulis
