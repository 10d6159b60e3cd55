#include "store/listing.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/path_text.h"
#include "base/system_error.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// A folder that is being read. `below` is its path under the input, "" or ending with a slash.
struct OpenFolder {
  std::unique_ptr<DIR, DirectoryCloser> directory;
  std::string below;
  dev_t device;
  ino_t inode;
};

struct Input {
  fs::path canonical;
  bool is_folder;
};

bool IsInside(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

Result<std::vector<Input>> ResolveInputs(const std::vector<std::string>& names) {
  if (names.empty()) return Error{ErrorCode::kInvalidArgument, "no input was given"};
  std::vector<Input> inputs;
  for (const std::string& name : names) {
    std::error_code problem;
    fs::path canonical = fs::canonical(name, problem);
    if (problem) return SystemError("input " + PathText(name), problem.value());
    const bool is_folder = fs::is_directory(canonical, problem);
    if (is_folder && ::access(canonical.c_str(), R_OK | X_OK) != 0)
      return SystemError("input " + PathText(name));
    inputs.push_back({std::move(canonical), is_folder});
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (std::size_t j = 0; j < inputs.size(); ++j) {
      if (i != j && IsInside(inputs[i].canonical, inputs[j].canonical)) {
        return Error{ErrorCode::kInvalidArgument, "input " + PathText(names[i]) + " lies inside input " +
                                                      PathText(names[j]) + ": give each image once"};
      }
    }
  }
  return inputs;
}

}  // namespace

class Listing::Impl {
 public:
  Impl(std::vector<Input> inputs, std::vector<std::string> globs)
      : inputs_(std::move(inputs)), globs_(std::move(globs)) {}

  std::optional<ImageFile> Next() {
    while (true) {
      if (stack_.empty()) {
        if (next_input_ == inputs_.size()) return std::nullopt;
        if (auto found = BeginInput(inputs_[next_input_++])) return found;
      } else if (const dirent* entry = ::readdir(stack_.back().directory.get())) {
        if (auto found = Visit(*entry)) return found;
      } else {
        stack_.pop_back();
      }
    }
  }

  [[nodiscard]] std::int64_t ignored() const { return ignored_; }

 private:
  std::optional<ImageFile> BeginInput(const Input& input) {
    if (input.is_folder) {
      root_ = input.canonical.native();
      if (root_.back() != '/') root_ += '/';
      return Enter("");
    }
    root_ = input.canonical.parent_path().native() + '/';
    return Found(input.canonical.filename().native());
  }

  std::optional<ImageFile> Visit(const dirent& entry) {
    const std::string name = entry.d_name;
    if (name == "." || name == "..") return std::nullopt;
    if (name.front() == '.') {
      ++ignored_;
      return std::nullopt;
    }
    const std::string below = stack_.back().below + name;
    if (IsFolder(entry)) return Enter(below + '/');
    if (Matches(name, below)) return Found(below);
    ++ignored_;
    return std::nullopt;
  }

  // A link that leads nowhere counts as a file: if its name is an image's, its row says what is wrong.
  [[nodiscard]] bool IsFolder(const dirent& entry) const {
    if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
    struct stat status{};
    return ::stat((root_ + stack_.back().below + entry.d_name).c_str(), &status) == 0 &&
           S_ISDIR(status.st_mode);
  }

  // Puts the folder on the stack; the error as a row when it cannot be read.
  std::optional<ImageFile> Enter(const std::string& below) {
    std::unique_ptr<DIR, DirectoryCloser> directory(::opendir((root_ + below).c_str()));
    struct stat status{};
    if (!directory || ::stat((root_ + below).c_str(), &status) != 0) {
      ImageFile folder = Found(below.empty() ? "." : below);
      folder.error = SystemError("folder cannot be searched");
      return folder;
    }
    const bool is_loop = std::any_of(stack_.begin(), stack_.end(), [&](const OpenFolder& above) {
      return above.device == status.st_dev && above.inode == status.st_ino;
    });
    if (!is_loop) stack_.push_back({std::move(directory), below, status.st_dev, status.st_ino});
    return std::nullopt;
  }

  [[nodiscard]] bool Matches(const std::string& name, const std::string& below) const {
    return std::any_of(globs_.begin(), globs_.end(), [&](const std::string& glob) {
      const std::string& subject = glob.find('/') == std::string::npos ? name : below;
      return ::fnmatch(glob.c_str(), subject.c_str(), FNM_CASEFOLD) == 0;
    });
  }

  // With several inputs the path below one of them would not say which: then the whole path is the key.
  [[nodiscard]] ImageFile Found(const std::string& below) const {
    const fs::path file = root_ + below;
    return {.file = file.native(),
            .path = PathText(inputs_.size() == 1 ? below : file.native()),
            .label = PathText(file.parent_path().filename().native()),
            .error = std::nullopt};
  }

  std::vector<Input> inputs_;
  std::vector<std::string> globs_;
  std::size_t next_input_ = 0;
  std::string root_;
  std::vector<OpenFolder> stack_;
  std::int64_t ignored_ = 0;
};

Result<Listing> Listing::Open(const std::vector<std::string>& inputs, std::vector<std::string> globs) {
  Result<std::vector<Input>> resolved = ResolveInputs(inputs);
  if (!resolved) return resolved.error();
  return Listing(std::make_unique<Impl>(*std::move(resolved), std::move(globs)));
}

Listing::Listing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listing::~Listing() = default;
Listing::Listing(Listing&&) noexcept = default;
Listing& Listing::operator=(Listing&&) noexcept = default;

std::optional<ImageFile> Listing::Next() {
  return impl_->Next();
}
std::int64_t Listing::ignored() const {
  return impl_->ignored();
}

}  // namespace coulis
