// A folder of this machine, searched recursively.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/system_error.h"
#include "store/walk.h"

namespace coulis {
namespace {

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

class FolderWalk : public Walk {
 public:
  explicit FolderWalk(std::string root) : root_(std::move(root)) {
    if (root_.back() != '/') root_ += '/';
  }

  Result<std::optional<WalkedFile>> Next() override {
    if (!begun_) {
      begun_ = true;
      if (auto found = Enter("")) return found;
    }
    while (!stack_.empty()) {
      if (const dirent* entry = ::readdir(stack_.back().directory.get())) {
        if (auto found = Visit(*entry)) return found;
      } else {
        stack_.pop_back();
      }
    }
    return std::optional<WalkedFile>();
  }

 private:
  std::optional<WalkedFile> Visit(const dirent& entry) {
    const std::string name = entry.d_name;
    if (name == "." || name == "..") return std::nullopt;
    if (name.front() == '.') {
      AddHidden();
      return std::nullopt;
    }
    std::string below = stack_.back().below + name;
    if (IsFolder(entry)) return Enter(below + '/');
    return WalkedFile{.below = std::move(below), .bytes = -1, .error = std::nullopt};
  }

  // A link that leads nowhere counts as a file: if its name is an image's, its row says what is wrong.
  [[nodiscard]] bool IsFolder(const dirent& entry) const {
    if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
    struct stat status{};
    return ::stat((root_ + stack_.back().below + entry.d_name).c_str(), &status) == 0 &&
           S_ISDIR(status.st_mode);
  }

  // Puts the folder on the stack; the error as a row when it cannot be read.
  std::optional<WalkedFile> Enter(const std::string& below) {
    std::unique_ptr<DIR, DirectoryCloser> directory(::opendir((root_ + below).c_str()));
    struct stat status{};
    if (!directory || ::stat((root_ + below).c_str(), &status) != 0) {
      return WalkedFile{.below = below.empty() ? "." : below,
                        .bytes = -1,
                        .error = SystemError("folder cannot be searched")};
    }
    const bool is_loop = std::any_of(stack_.begin(), stack_.end(), [&](const OpenFolder& above) {
      return above.device == status.st_dev && above.inode == status.st_ino;
    });
    if (!is_loop) stack_.push_back({std::move(directory), below, status.st_dev, status.st_ino});
    return std::nullopt;
  }

  std::string root_;
  bool begun_ = false;
  std::vector<OpenFolder> stack_;
};

}  // namespace

std::unique_ptr<Walk> WalkFolder(const Location& folder) {
  return std::make_unique<FolderWalk>(folder.path().native());
}

}  // namespace coulis
