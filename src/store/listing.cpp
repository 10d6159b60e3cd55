#include "store/listing.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/path_text.h"
#include "base/system_error.h"
#include "store/bucket.h"
#include "store/name_patterns.h"
#include "store/walk.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

struct Input {
  Location location;
  bool is_folder = false;
  std::int64_t bytes = -1;
};

bool IsInside(const Location& inner, const Location& outer) {
  return inner.bucket() == outer.bucket() &&
         std::mismatch(outer.path().begin(), outer.path().end(), inner.path().begin(), inner.path().end())
                 .first == outer.path().end();
}

Result<Input> ResolvePath(const std::string& name) {
  std::error_code problem;
  fs::path canonical = fs::canonical(name, problem);
  if (problem) return SystemError("input " + PathText(name), problem.value());
  const bool is_folder = fs::is_directory(canonical, problem);
  if (is_folder && ::access(canonical.c_str(), R_OK | X_OK) != 0)
    return SystemError("input " + PathText(name));
  return Input{std::move(canonical), is_folder};
}

Result<Input> ResolveObject(const Location& location, bool must_be_folder) {
  const std::string& key = location.path().native();
  if (key.empty()) return Input{location, /*is_folder=*/true};
  if (!must_be_folder) {
    const Result<std::int64_t> bytes = location.bucket()->SizeOf(key);
    if (bytes) return Input{location, /*is_folder=*/false, *bytes};
    if (bytes.error().code != ErrorCode::kNotFound) return bytes.error();
  }
  const Result<bool> is_folder = location.bucket()->HasFolder(key);
  if (!is_folder) return is_folder.error();
  if (*is_folder) return Input{location, /*is_folder=*/true};
  return Error{ErrorCode::kNotFound, "input " + location.Text() + ": no such object, and none below it"};
}

Result<Input> Resolve(const std::string& name, const Storage& storage) {
  Result<Location> location = storage.Open(name);
  if (!location) return location.error();
  return location->bucket() == nullptr ? ResolvePath(name) : ResolveObject(*location, name.ends_with('/'));
}

Result<std::vector<Input>> ResolveInputs(const std::vector<std::string>& names, const Storage& storage) {
  if (names.empty()) return Error{ErrorCode::kInvalidArgument, "no input was given"};
  std::vector<Input> inputs;
  for (const std::string& name : names) {
    Result<Input> input = Resolve(name, storage);
    if (!input) return input.error();
    inputs.push_back(*std::move(input));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (std::size_t j = 0; j < inputs.size(); ++j) {
      if (i != j && IsInside(inputs[i].location, inputs[j].location)) {
        return Error{ErrorCode::kInvalidArgument, "input " + PathText(names[i]) + " lies inside input " +
                                                      PathText(names[j]) + ": give each image once"};
      }
    }
  }
  return inputs;
}

class Inputs : public Listing::Source {
 public:
  Inputs(std::vector<Input> inputs, std::vector<std::string> globs, ListingOrder order)
      : inputs_(std::move(inputs)), patterns_(std::move(globs)), order_(order) {}

  Result<std::optional<ImageFile>> Next() override {
    while (true) {
      if (!walk_) {
        if (next_input_ == inputs_.size()) return std::optional<ImageFile>();
        if (auto found = BeginInput(inputs_[next_input_++])) return found;
        continue;
      }
      Result<std::optional<WalkedFile>> file = walk_->Next();
      if (!file) return file.error();
      if (!*file) {
        ignored_ += walk_->hidden();
        walk_.reset();
      } else if ((*file)->error || Matches((*file)->below)) {
        return std::optional(Found(**file));
      } else {
        ++ignored_;
      }
    }
  }

  [[nodiscard]] std::int64_t ignored() const override { return ignored_ + (walk_ ? walk_->hidden() : 0); }

  [[nodiscard]] std::vector<std::string> inputs() const override {
    std::vector<std::string> texts;
    for (const Input& input : inputs_) texts.push_back(input.location.Text());
    return texts;
  }

  [[nodiscard]] bool has_bucket() const override {
    return std::any_of(inputs_.begin(), inputs_.end(),
                       [](const Input& input) { return input.location.bucket() != nullptr; });
  }

 private:
  // A single file is found at once; a folder is walked from now on.
  std::optional<ImageFile> BeginInput(const Input& input) {
    if (!input.is_folder) {
      root_ = input.location.Parent();
      ImageFile file = Found({.below = input.location.Name(), .bytes = input.bytes, .error = std::nullopt});
      file.is_named = true;
      // The container takes the place of the folder that INPUT usually is.
      if (inputs_.size() == 1) file.prefix.clear();
      return file;
    }
    root_ = input.location;
    walk_ = root_.bucket() == nullptr ? WalkFolder(root_, order_) : WalkBucket(root_);
    return std::nullopt;
  }

  [[nodiscard]] bool Matches(const std::string& below) const {
    return patterns_.TakesFile(below.substr(below.rfind('/') + 1), below);
  }

  // With several inputs the path below one of them would not say which: then the whole path is the key.
  [[nodiscard]] ImageFile Found(const WalkedFile& found) const {
    Location file = root_ / found.below;
    std::string label = PathText(file.Parent().Name());
    if (label.empty() && file.bucket() != nullptr) label = file.bucket()->name();
    std::string path = inputs_.size() == 1 ? PathText(found.below) : file.Text();
    std::string prefix = path + '/';
    return {.file = std::move(file),
            .bytes = found.bytes,
            .path = std::move(path),
            .label = std::move(label),
            .error = found.error,
            .kind = found.error ? FileKind::kImage : KindOfName(found.below),
            .prefix = std::move(prefix)};
  }

  const std::vector<Input> inputs_;
  const NamePatterns patterns_;
  const ListingOrder order_;
  std::size_t next_input_ = 0;
  Location root_;
  std::unique_ptr<Walk> walk_;
  std::int64_t ignored_ = 0;
};

}  // namespace

Result<std::vector<std::byte>> ReadContent(const ImageFile& image, std::int64_t max_bytes) {
  return ReadWhole(image.file, image.bytes, max_bytes);
}

FileKind KindOfName(const std::string& name) {
  static const NamePatterns kImages{std::vector<std::string>()};
  if (IsContainerName(name)) return FileKind::kContainer;
  return kImages.TakesMember(name) ? FileKind::kImage : FileKind::kUnknown;
}

Result<Listing> Listing::Open(const std::vector<std::string>& inputs, std::vector<std::string> globs,
                              const Storage& storage, ListingOrder order) {
  Result<std::vector<Input>> resolved = ResolveInputs(inputs, storage);
  if (!resolved) return resolved.error();
  return Listing(std::make_unique<Inputs>(*std::move(resolved), std::move(globs), order));
}

}  // namespace coulis
