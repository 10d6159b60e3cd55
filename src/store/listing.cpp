#include "store/listing.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/path_text.h"
#include "base/system_error.h"
#include "store/name_patterns.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

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

  std::optional<Entry> ReadEntry() const {
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

class Folders : public Listing::Source {
 public:
  Folders(std::vector<Input> inputs, std::vector<std::string> globs, ListingOrder order)
      : inputs_(std::move(inputs)), patterns_(std::move(globs)), order_(order) {}

  std::optional<ImageFile> Next() override {
    while (true) {
      if (stack_.empty()) {
        if (next_input_ == inputs_.size()) return std::nullopt;
        if (auto found = BeginInput(inputs_[next_input_++])) return found;
      } else if (const std::optional<Entry> entry = stack_.back().NextEntry(order_)) {
        if (auto found = Visit(*entry)) return found;
      } else {
        stack_.pop_back();
      }
    }
  }

  [[nodiscard]] std::int64_t ignored() const override { return ignored_; }

 private:
  std::optional<ImageFile> BeginInput(const Input& input) {
    if (input.is_folder) {
      root_ = input.canonical.native();
      if (root_.back() != '/') root_ += '/';
      return Enter("");
    }
    root_ = input.canonical.parent_path().native() + '/';
    ImageFile file = Found(input.canonical.filename().native());
    file.is_named = true;
    // The container takes the place of the folder that INPUT usually is.
    if (inputs_.size() == 1) file.prefix.clear();
    return file;
  }

  std::optional<ImageFile> Visit(const Entry& entry) {
    const std::string& name = entry.name;
    if (name == "." || name == "..") return std::nullopt;
    if (name.front() == '.') {
      ++ignored_;
      return std::nullopt;
    }
    const std::string below = stack_.back().below + name;
    if (IsFolder(entry)) return Enter(below + '/');
    if (patterns_.TakesFile(name, below)) return Found(below);
    ++ignored_;
    return std::nullopt;
  }

  // A link that leads nowhere counts as a file: if its name is an image's, its row says what is wrong.
  [[nodiscard]] bool IsFolder(const Entry& entry) const {
    if (entry.type != DT_UNKNOWN && entry.type != DT_LNK) return entry.type == DT_DIR;
    struct stat status{};
    return ::stat((root_ + stack_.back().below + entry.name).c_str(), &status) == 0 &&
           S_ISDIR(status.st_mode);
  }

  // Puts the folder on the stack; the error as a row when it cannot be read.
  std::optional<ImageFile> Enter(const std::string& below) {
    std::unique_ptr<DIR, DirectoryCloser> directory(::opendir((root_ + below).c_str()));
    struct stat status{};
    if (!directory || ::stat((root_ + below).c_str(), &status) != 0) {
      ImageFile folder = Found(below.empty() ? "." : below);
      folder.error = SystemError("folder cannot be searched");
      folder.kind = FileKind::kImage;
      return folder;
    }
    const bool is_loop = std::any_of(stack_.begin(), stack_.end(), [&](const OpenFolder& above) {
      return above.device == status.st_dev && above.inode == status.st_ino;
    });
    if (is_loop) return std::nullopt;
    stack_.push_back({std::move(directory), below, status.st_dev, status.st_ino, {}});
    if (order_ == ListingOrder::kByName) stack_.back().Sort();
    return std::nullopt;
  }

  // With several inputs the path below one of them would not say which: then the whole path is the key.
  [[nodiscard]] ImageFile Found(const std::string& below) const {
    const fs::path file = root_ + below;
    ImageFile found;
    found.file = file.native();
    found.path = PathText(inputs_.size() == 1 ? below : file.native());
    found.label = PathText(file.parent_path().filename().native());
    found.kind = KindOfName(below);
    found.prefix = found.path + '/';
    return found;
  }

  std::vector<Input> inputs_;
  NamePatterns patterns_;
  ListingOrder order_;
  std::size_t next_input_ = 0;
  std::string root_;
  std::vector<OpenFolder> stack_;
  std::int64_t ignored_ = 0;
};

}  // namespace

FileKind KindOfName(const std::string& name) {
  static const NamePatterns kImages{std::vector<std::string>()};
  if (IsContainerName(name)) return FileKind::kContainer;
  return kImages.TakesMember(name) ? FileKind::kImage : FileKind::kUnknown;
}

Result<Listing> Listing::Open(const std::vector<std::string>& inputs, std::vector<std::string> globs,
                              ListingOrder order) {
  Result<std::vector<Input>> resolved = ResolveInputs(inputs);
  if (!resolved) return resolved.error();
  return Listing(std::make_unique<Folders>(*std::move(resolved), std::move(globs), order));
}

}  // namespace coulis
