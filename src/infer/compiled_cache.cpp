#include "infer/compiled_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

#include "base/file_descriptor.h"
#include "infer/openvino_c.h"

namespace coulis::infer {
namespace {

constexpr std::string_view kSuffix = ".compiled";
constexpr std::string_view kTemporary = ".compiling-";
constexpr std::chrono::hours kAbandonedAfter{1};

std::optional<std::vector<std::byte>> ReadAll(const std::filesystem::path& path) {
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(path, problem);
  std::ifstream file(path, std::ios::binary);
  if (problem || !file) return std::nullopt;
  std::vector<std::byte> bytes(size);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    return std::nullopt;
  return bytes;
}

// Through memory, because the C API writes to a path and does not say when the disk was full.
std::optional<std::vector<std::byte>> Export(const ov_compiled_model_t* compiled) {
  const FileDescriptor memory(memfd_create("compiled", MFD_CLOEXEC));
  if (!memory.valid()) return std::nullopt;
  const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
  if (ov_compiled_model_export_model(compiled, path.c_str()) != ov_status_e::OK) return std::nullopt;
  return ReadAll(path);
}

bool WriteAll(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// Temporary files that killed processes left behind.
void SweepAbandoned(const std::filesystem::path& folder) {
  std::error_code problem;
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    std::error_code ignored;
    if (entry.path().filename().string().starts_with(kTemporary) &&
        now - entry.last_write_time(ignored) > kAbandonedAfter) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

std::array<std::byte, 8> Checksum(CacheKey key, std::span<const std::byte> content) {
  const std::uint64_t value = key.Add(content).value();
  std::array<std::byte, 8> bytes{};
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

}  // namespace

CacheKey& CacheKey::Add(std::span<const std::byte> bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  const auto mix = [this](std::uint64_t word) {
    value_ = (value_ ^ word) * kPrime;
    value_ ^= value_ >> 32;  // Else high bits never reach low ones.
  };
  mix(bytes.size());
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    mix(word);
  }
  for (const std::byte byte : bytes) mix(std::to_integer<std::uint64_t>(byte));
  return *this;
}

CacheEntry::CacheEntry(const std::filesystem::path& folder, const CacheKey& key)
    : folder_(folder), key_(key) {
  std::array<char, 17> name{};
  std::snprintf(name.data(), name.size(), "%016llx", static_cast<unsigned long long>(key.value()));
  file_ = folder / (std::string(name.data()) + std::string(kSuffix));
}

std::optional<std::vector<std::byte>> CacheEntry::Read() const {
  std::optional<std::vector<std::byte>> bytes = ReadAll(file_);
  if (!bytes || bytes->size() <= sizeof(std::uint64_t)) return std::nullopt;
  const std::size_t size = bytes->size() - sizeof(std::uint64_t);
  const auto checksum = Checksum(key_, std::span(*bytes).first(size));
  if (std::memcmp(bytes->data() + size, checksum.data(), checksum.size()) != 0) return std::nullopt;
  bytes->resize(size);
  return bytes;
}

bool CacheEntry::Write(const ov_compiled_model_t* compiled) const {
  const std::optional<std::vector<std::byte>> content = Export(compiled);
  if (!content) return false;
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  SweepAbandoned(folder_);
  std::string temporary = (folder_ / (std::string(kTemporary) + "XXXXXX")).string();
  const FileDescriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.valid()) return false;
  const bool written = WriteAll(file.get(), *content) && WriteAll(file.get(), Checksum(key_, *content)) &&
                       rename(temporary.c_str(), file_.c_str()) == 0;
  if (!written) unlink(temporary.c_str());
  return written;
}

}  // namespace coulis::infer
