// A folder of this machine, searched recursively.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/system_error.h"
#include "store/walk.h"

namespace coulis {
namespace {

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

struct Entry {
  std::string name;
  unsigned char type;  // readdir's
};

// A folder that is being read. `below` is its path under the input, "" or ending with a slash.
struct OpenFolder {
  std::unique_ptr<DIR, DirectoryCloser> directory;
  std::string below;
  dev_t device;
  ino_t inode;
  std::vector<Entry> sorted;  // what is left of it, from the back; with ListingOrder::kByName

  [[nodiscard]] std::optional<Entry> ReadEntry() const {
    const dirent* entry = ::readdir(directory.get());
    return entry == nullptr ? std::nullopt : std::optional(Entry{entry->d_name, entry->d_type});
  }

  std::optional<Entry> NextEntry(ListingOrder order) {
    if (order == ListingOrder::kAsFound) return ReadEntry();
    if (sorted.empty()) return std::nullopt;
    Entry entry = std::move(sorted.back());
    sorted.pop_back();
    return entry;
  }

  void Sort() {
    while (std::optional<Entry> entry = ReadEntry()) sorted.push_back(*std::move(entry));
    std::sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) { return a.name > b.name; });
  }
};

class FolderWalk : public Walk {
 public:
  FolderWalk(std::string root, ListingOrder order) : root_(std::move(root)), order_(order) {
    if (root_.back() != '/') root_ += '/';
  }

  Result<std::optional<WalkedFile>> Next() override {
    if (!begun_) {
      begun_ = true;
      if (auto found = Enter("")) return found;
    }
    while (!stack_.empty()) {
      if (const std::optional<Entry> entry = stack_.back().NextEntry(order_)) {
        if (auto found = Visit(*entry)) return found;
      } else {
        stack_.pop_back();
      }
    }
    return std::optional<WalkedFile>();
  }

 private:
  std::optional<WalkedFile> Visit(const Entry& entry) {
    const std::string& name = entry.name;
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
  [[nodiscard]] bool IsFolder(const Entry& entry) const {
    if (entry.type != DT_UNKNOWN && entry.type != DT_LNK) return entry.type == DT_DIR;
    struct stat status{};
    return ::stat((root_ + stack_.back().below + entry.name).c_str(), &status) == 0 &&
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
    if (is_loop) return std::nullopt;
    stack_.push_back({std::move(directory), below, status.st_dev, status.st_ino, {}});
    if (order_ == ListingOrder::kByName) stack_.back().Sort();
    return std::nullopt;
  }

  std::string root_;
  ListingOrder order_;
  bool begun_ = false;
  std::vector<OpenFolder> stack_;
};

}  // namespace

std::unique_ptr<Walk> WalkFolder(const Location& folder, ListingOrder order) {
  return std::make_unique<FolderWalk>(folder.path().native(), order);
}

}  // namespace coulis
