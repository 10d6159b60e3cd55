#include "store/listing.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/path_text.h"
#include "base/system_error.h"
#include "store/bucket.h"
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

}  // namespace

Result<std::vector<std::byte>> ReadContent(const ImageFile& image, std::int64_t max_bytes) {
  return ReadWhole(image.file, image.bytes, max_bytes);
}

class Listing::Impl {
 public:
  Impl(std::vector<Input> inputs, std::vector<std::string> globs)
      : inputs_(std::move(inputs)), globs_(std::move(globs)) {}

  Result<std::optional<ImageFile>> Next() {
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
        return std::optional(Found(**std::move(file)));
      } else {
        ++ignored_;
      }
    }
  }

  [[nodiscard]] std::int64_t ignored() const { return ignored_ + (walk_ ? walk_->hidden() : 0); }
  [[nodiscard]] const std::vector<Input>& inputs() const { return inputs_; }

 private:
  // A single file is found at once; a folder is walked from now on.
  std::optional<ImageFile> BeginInput(const Input& input) {
    if (!input.is_folder) {
      root_ = input.location.Parent();
      return Found({.below = input.location.Name(), .bytes = input.bytes, .error = std::nullopt});
    }
    root_ = input.location;
    walk_ = root_.bucket() == nullptr ? WalkFolder(root_) : WalkBucket(root_);
    return std::nullopt;
  }

  [[nodiscard]] bool Matches(const std::string& below) const {
    const std::string name = below.substr(below.rfind('/') + 1);
    return std::any_of(globs_.begin(), globs_.end(), [&](const std::string& glob) {
      const std::string& subject = glob.find('/') == std::string::npos ? name : below;
      return ::fnmatch(glob.c_str(), subject.c_str(), FNM_CASEFOLD) == 0;
    });
  }

  // With several inputs the path below one of them would not say which: then the whole path is the key.
  [[nodiscard]] ImageFile Found(WalkedFile found) const {
    Location file = root_ / found.below;
    std::string label = PathText(file.Parent().Name());
    if (label.empty() && file.bucket() != nullptr) label = file.bucket()->name();
    std::string path = inputs_.size() == 1 ? PathText(found.below) : file.Text();
    return {.file = std::move(file),
            .bytes = found.bytes,
            .path = std::move(path),
            .label = std::move(label),
            .error = std::move(found.error)};
  }

  const std::vector<Input> inputs_;
  const std::vector<std::string> globs_;
  std::size_t next_input_ = 0;
  Location root_;
  std::unique_ptr<Walk> walk_;
  std::int64_t ignored_ = 0;
};

Result<Listing> Listing::Open(const std::vector<std::string>& inputs, std::vector<std::string> globs,
                              const Storage& storage) {
  Result<std::vector<Input>> resolved = ResolveInputs(inputs, storage);
  if (!resolved) return resolved.error();
  return Listing(std::make_unique<Impl>(*std::move(resolved), std::move(globs)));
}

Listing::Listing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listing::~Listing() = default;
Listing::Listing(Listing&&) noexcept = default;
Listing& Listing::operator=(Listing&&) noexcept = default;

Result<std::optional<ImageFile>> Listing::Next() {
  return impl_->Next();
}
std::int64_t Listing::ignored() const {
  return impl_->ignored();
}
std::vector<std::string> Listing::inputs() const {
  std::vector<std::string> texts;
  for (const Input& input : impl_->inputs()) texts.push_back(input.location.Text());
  return texts;
}
bool Listing::has_bucket() const {
  return std::any_of(impl_->inputs().begin(), impl_->inputs().end(),
                     [](const Input& input) { return input.location.bucket() != nullptr; });
}

}  // namespace coulis
