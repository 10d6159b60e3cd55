#include "pipeline/image_sample.h"

#include <algorithm>
#include <set>
#include <utility>

#include "coulis/pipeline.h"
#include "models/sha256.h"
#include "pipeline/image_inputs.h"
#include "store/image_files.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

// Members that are read in one go through their container.
constexpr std::size_t kReadTogether = 64;

ContainerOptions ContainersOf(const DecodeOptions& decode) {
  EmbedOptions options;
  options.decode = decode;
  return ContainersOf(options);
}

}  // namespace

// Finds all images below a folder, by sub-folder.
class ImageSample::Finder {
 public:
  explicit Finder(ContainerOptions options) : options_(std::move(options)) {}

  Result<void> Find(const fs::path& folder) {
    Result<Listing> listing = Listing::Open({folder.string()}, DefaultGlobs());
    if (!listing) return listing.error();
    while (true) {
      Result<std::optional<ImageFile>> next = listing->Next();
      if (!next) return next.error();
      std::optional<ImageFile>& file = *next;
      if (!file) break;
      if (file->error) continue;
      files_.push_back(*std::move(file));
      Result<void> added;
      if (files_.back().kind == FileKind::kImage) {
        added = Add(files_.back().path);
      } else {
        added = AddMembers(files_.back());
      }
      if (!added) return added;
    }
    return {};
  }

  // One of each sub-folder, then another of each.
  std::vector<Place> Order() {
    std::size_t longest = 0;
    for (auto& [name, places] : folders_) {
      std::sort(places.begin(), places.end(),
                [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
      longest = std::max(longest, places.size());
    }
    std::vector<Place> order;
    for (std::size_t turn = 0; turn < longest; ++turn) {
      for (auto& [name, places] : folders_) {
        if (turn < places.size()) order.push_back(std::move(places[turn].place));
      }
    }
    return order;
  }

  std::vector<ImageFile> TakeFiles() { return std::move(files_); }

 private:
  struct Ranked {
    std::string rank;
    Place place;
  };

  Result<void> Add(const std::string& path) {
    Result<std::string> rank = models::Sha256(std::as_bytes(std::span(path)));
    if (!rank) return rank.error();
    folders_[fs::path(path).parent_path().string()].push_back({*std::move(rank), {files_.size() - 1, path}});
    return {};
  }

  Result<void> AddMembers(const ImageFile& file) {
    Result<void> added;
    ContainerOptions options = options_;
    options.wish = [&](const std::string& path) {
      if (!path.ends_with('/')) added = Add(path);
      return added ? Wish::kPass : Wish::kStop;
    };
    ReadImages(file, options, [](const Member&) { return true; });
    return added;
  }

  ContainerOptions options_;
  std::vector<ImageFile> files_;
  std::map<std::string, std::vector<Ranked>> folders_;
};

ImageSample::ImageSample(std::vector<ImageFile> files, std::vector<Place> order, const ImageFit& fit,
                         const DecodeOptions& decode)
    : files_(std::move(files)),
      order_(std::move(order)),
      containers_(ContainersOf(decode)),
      fit_(fit),
      decode_(decode),
      preprocessor_(fit, decode) {}

Result<ImageSample> ImageSample::Open(const fs::path& folder, const ImageFit& fit,
                                      const DecodeOptions& decode) {
  Finder finder(ContainersOf(decode));
  if (Result<void> found = finder.Find(folder); !found) return found.error();
  std::vector<Place> order = finder.Order();
  if (order.empty()) return Error{ErrorCode::kNotFound, "no images found in " + folder.string()};
  return ImageSample(finder.TakeFiles(), std::move(order), fit, decode);
}

// The image at a place, with those of the next places that are in the same container.
Member ImageSample::Take(std::size_t index) {
  const Place& place = order_[index];
  if (!ready_.contains(place.path)) {
    std::set<std::string> wanted;
    for (std::size_t i = index; i < std::min(index + kReadTogether, order_.size()); ++i) {
      if (order_[i].file == place.file) wanted.insert(order_[i].path);
    }
    ContainerOptions options = containers_;
    options.wish = [&](const std::string& path) {
      if (wanted.empty()) return Wish::kStop;
      return wanted.erase(path) == 1 ? Wish::kTake : Wish::kPass;
    };
    ReadImages(files_[place.file], options, [this](Member member) {
      std::string path = member.path;
      ready_.insert_or_assign(std::move(path), std::move(member));
      return true;
    });
  }
  auto ready = ready_.extract(place.path);
  if (!ready) return {place.path, "", Error{ErrorCode::kIo, "is not there any more"}};
  return std::move(ready.mapped());
}

std::size_t ImageSample::pixel_bytes() const {
  return static_cast<std::size_t>(fit_.size.width) * static_cast<std::size_t>(fit_.size.height) * 3;
}

std::optional<std::string> ImageSample::Next(std::span<std::uint8_t> pixels,
                                             std::span<const std::string> skip) {
  while (next_ < order_.size()) {
    const Member image = Take(next_++);
    if (image.bytes) {
      Result<std::string> sha256 = models::Sha256(*image.bytes);
      if (sha256 && std::binary_search(skip.begin(), skip.end(), *sha256)) continue;
      if (sha256 && preprocessor_.Run(*image.bytes, pixels)) {
        sha256_ = *std::move(sha256);
        return image.label;
      }
    }
    ++bad_;
  }
  return std::nullopt;
}

}  // namespace coulis
