#include "base/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/file_descriptor.h"
#include "base/path_text.h"
#include "base/system_error.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

std::string Text(const fs::path& path) {
  return PathText(path.native());
}

Result<void> WriteAll(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write " + Text(path));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<void> Flush(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) return SystemError("cannot flush " + Text(path));
  return {};
}

Result<void> RenameDurably(const fs::path& from, const fs::path& to) {
  if (Result<void> flushed = Flush(from); !flushed) return flushed;
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return SystemError("cannot rename " + Text(from) + " to " + Text(to));
  }
  return Flush(to.parent_path());
}

Result<void> WriteFileDurably(const fs::path& path, std::string_view content) {
  const fs::path aside = path.parent_path() / ("." + path.filename().string() + ".tmp");
  {
    const FileDescriptor file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file.valid()) return SystemError("cannot write " + Text(path));
    if (Result<void> written = WriteAll(file.get(), content, path); !written) {
      ::unlink(aside.c_str());
      return written;
    }
  }
  return RenameDurably(aside, path);
}

Result<void> MakeFolder(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) return SystemError("cannot make folder " + Text(folder), problem.value());
  return {};
}

Result<void> RemoveAll(const fs::path& path) {
  std::error_code problem;
  fs::remove_all(path, problem);
  if (problem) return SystemError("cannot remove " + Text(path), problem.value());
  return {};
}

}  // namespace coulis
