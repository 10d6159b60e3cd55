#include "store/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/file_descriptor.h"
#include "base/system_error.h"

namespace coulis {

Result<std::vector<std::byte>> ReadFile(const std::string& name, std::int64_t max_bytes) {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  const FileDescriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return SystemError("cannot be opened");
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return SystemError("cannot be read");
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kIo, "not a regular file"};
  if (status.st_size > max_bytes) return TooManyBytes(status.st_size, max_bytes);

  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot be read");
    if (got == 0) break;  // the file shrank meanwhile; the decoder will say what is missing
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

Error TooManyBytes(std::int64_t bytes, std::int64_t max_bytes) {
  return {ErrorCode::kBadImage, "file has " + std::to_string(bytes) + " bytes, more than the " +
                                    std::to_string(max_bytes) + " allowed (--max-bytes)"};
}

}  // namespace coulis
