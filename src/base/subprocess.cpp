#include "base/subprocess.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "base/file_descriptor.h"
#include "base/system_error.h"

namespace coulis {
namespace {

/// Both ends of a pipe; neither is there when none was asked for.
struct Pipe {
  FileDescriptor read{-1};
  FileDescriptor write{-1};
};

Result<Pipe> MakePipe(bool wanted) {
  Pipe made;
  std::array<int, 2> ends{};
  if (!wanted) return made;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("cannot make a pipe");
  made.read = FileDescriptor(ends[0]);
  made.write = FileDescriptor(ends[1]);
  return made;
}

Result<pid_t> Start(const std::vector<std::string>& arguments, const std::filesystem::path& log,
                    bool as_group, const Pipe& pipe) {
  std::vector<std::string> copies = arguments;
  std::vector<char*> argv;
  argv.reserve(copies.size() + 1);
  for (std::string& copy : copies) argv.push_back(copy.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, pipe.write.valid() ? pipe.write.get() : STDERR_FILENO,
                                   STDOUT_FILENO);
  if (as_group) {
    // A group of its own, which can be ended as a whole by a signal that the caller may have blocked.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  }
  pid_t child = 0;
  const int failure = posix_spawnp(&child, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failure == 0) return child;
  return Error{failure == ENOENT || failure == EACCES ? ErrorCode::kNotFound : ErrorCode::kIo,
               "cannot run " + arguments[0] + ": " + std::generic_category().message(failure)};
}

// Until the program has closed its output.
void PassLines(const FileDescriptor& output, const std::function<void(const std::string&)>& on_line) {
  std::array<char, 4096> buffer{};
  std::string text;
  while (true) {
    const ssize_t got = read(output.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      on_line(text.substr(0, end));
      text.erase(0, end + 1);
    }
  }
  if (!text.empty()) on_line(text);
}

// The child stays in the system's table, so that its number belongs to nobody else.
bool WaitForEnd(pid_t child) {
  siginfo_t ended{};
  while (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

}  // namespace

Result<int> RunProgram(const std::vector<std::string>& arguments, const std::filesystem::path& log,
                       const std::function<void(const std::string&)>& on_line, const std::stop_token& stop) {
  Result<Pipe> pipe = MakePipe(static_cast<bool>(on_line));
  if (!pipe) return pipe.error();
  const Result<pid_t> child = Start(arguments, log, stop.stop_possible(), *pipe);
  if (!child) return child.error();
  pipe->write = FileDescriptor(-1);
  {
    const std::stop_callback on_stop(stop, [&] { kill(-*child, SIGTERM); });
    if (pipe->read.valid()) PassLines(pipe->read, on_line);
    if (!WaitForEnd(*child)) return Error{ErrorCode::kIo, "cannot wait for " + arguments[0]};
  }
  int status = 0;
  while (waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string LastError(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::string last;
  bool marked = false;
  for (std::string line; std::getline(file, line);) {
    const bool marks = line.starts_with("ERROR");
    if (marks || (!marked && line.find_first_not_of(" \t\r") != std::string::npos)) last = line;
    marked = marked || marks;
  }
  constexpr std::size_t kLongest = 300;
  return last.empty() ? "no message" : last.substr(0, kLongest);
}

}  // namespace coulis
