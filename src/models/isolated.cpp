#include "models/isolated.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "base/file_descriptor.h"
#include "base/system_error.h"

namespace coulis::models {
namespace {

constexpr rlim_t kProcessorSeconds = 30;
constexpr rlim_t kMemory = rlim_t{16} << 30;
constexpr std::uint32_t kComplete = 0x434f554c;

/// Before the answer's text; written last, so that a child that died half way left none.
struct Header {
  std::uint32_t complete = 0;
  std::int32_t error_code = -1;  ///< -1: none.
  std::uint64_t size = 0;
};

bool WriteAt(int fd, const void* data, std::size_t size, off_t offset) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = pwrite(fd, bytes, size, offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    offset += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool ReadAt(int fd, void* data, std::size_t size, off_t offset) {
  char* bytes = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = pread(fd, bytes, size, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    offset += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

void Limit(decltype(RLIMIT_CPU) resource, rlim_t most) {
  const rlimit limit{.rlim_cur = most, .rlim_max = most};
  setrlimit(resource, &limit);
}

// What a crash would otherwise leave behind: a core file, the C library's last words, the child itself.
void PrepareChild() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_CPU, kProcessorSeconds);
#ifndef __SANITIZE_ADDRESS__  // Its shadow memory counts.
  Limit(RLIMIT_DATA, kMemory);
#endif
  constexpr std::array<int, 5> kDeadly{SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGXCPU};
  for (const int number : kDeadly) signal(number, SIG_DFL);
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (nowhere >= 0) dup2(nowhere, stream);
  }
}

void Answer(const Result<std::string>& result, int fd) {
  const std::string& text = result ? *result : result.error().message;
  const Header header{.complete = kComplete,
                      .error_code = result ? -1 : static_cast<std::int32_t>(result.error().code),
                      .size = text.size()};
  if (WriteAt(fd, text.data(), text.size(), sizeof(Header))) WriteAt(fd, &header, sizeof(header), 0);
}

Result<std::string> ReadAnswer(int fd) {
  Header header;
  if (!ReadAt(fd, &header, sizeof(header), 0) || header.complete != kComplete) {
    return Error{ErrorCode::kBadModel,
                 "the file is damaged: the library that reads it crashed or came to no end"};
  }
  std::string text(header.size, '\0');
  if (!ReadAt(fd, text.data(), text.size(), sizeof(Header))) {
    return Error{ErrorCode::kInternal, "the reading process's answer cannot be read"};
  }
  if (header.error_code < 0) return text;
  return Error{static_cast<ErrorCode>(header.error_code), text};
}

}  // namespace

Result<std::string> RunIsolated(const std::function<Result<std::string>()>& work) {
  const FileDescriptor answer(memfd_create("coulis-answer", MFD_CLOEXEC));
  if (!answer.valid()) return Error{ErrorCode::kInternal, SystemError("cannot take memory").message};
  const pid_t child = fork();
  if (child < 0) return Error{ErrorCode::kInternal, SystemError("cannot start a process").message};
  if (child == 0) {
    PrepareChild();
    Answer(work(), answer.get());
    std::_Exit(0);  // Ends the child alone, without the parent's clean-up.
  }
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return ReadAnswer(answer.get());
}

}  // namespace coulis::models
