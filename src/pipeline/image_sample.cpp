#include "pipeline/image_sample.h"

#include <algorithm>
#include <map>
#include <utility>

#include "coulis/pipeline.h"
#include "models/sha256.h"

namespace coulis {
namespace {

namespace fs = std::filesystem;

struct Ranked {
  std::string rank;
  ImageFile file;
};

Result<std::map<std::string, std::vector<Ranked>>> ListByFolder(const fs::path& folder) {
  Result<Listing> listing = Listing::Open({folder.string()}, DefaultGlobs());
  if (!listing) return listing.error();
  std::map<std::string, std::vector<Ranked>> folders;
  while (true) {
    Result<std::optional<ImageFile>> next = listing->Next();
    if (!next) return next.error();
    std::optional<ImageFile>& file = *next;
    if (!file) break;
    if (file->error) continue;
    Result<std::string> rank = models::Sha256(std::as_bytes(std::span(file->path)));
    if (!rank) return rank.error();
    const std::string parent = fs::path(file->path).parent_path().string();
    folders[parent].push_back({*std::move(rank), *std::move(file)});
  }
  return folders;
}

}  // namespace

Result<ImageSample> ImageSample::Open(const fs::path& folder, const ImageFit& fit,
                                      const DecodeOptions& decode) {
  Result<std::map<std::string, std::vector<Ranked>>> folders = ListByFolder(folder);
  if (!folders) return folders.error();
  std::size_t longest = 0;
  for (auto& [name, files] : *folders) {
    std::sort(files.begin(), files.end(), [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
    longest = std::max(longest, files.size());
  }
  std::vector<ImageFile> order;
  for (std::size_t turn = 0; turn < longest; ++turn) {
    for (auto& [name, files] : *folders) {
      if (turn < files.size()) order.push_back(std::move(files[turn].file));
    }
  }
  if (order.empty()) return Error{ErrorCode::kNotFound, "no images found in " + folder.string()};
  return ImageSample(std::move(order), fit, decode);
}

std::size_t ImageSample::pixel_bytes() const {
  return static_cast<std::size_t>(fit_.size.width) * static_cast<std::size_t>(fit_.size.height) * 3;
}

std::optional<std::string> ImageSample::Next(std::span<std::uint8_t> pixels,
                                             std::span<const std::string> skip) {
  while (next_ < files_.size()) {
    const ImageFile& file = files_[next_++];
    const Result<std::vector<std::byte>> bytes = ReadContent(file, decode_.limits.max_bytes);
    if (bytes) {
      Result<std::string> sha256 = models::Sha256(*bytes);
      if (sha256 && std::binary_search(skip.begin(), skip.end(), *sha256)) continue;
      if (sha256 && preprocessor_.Run(*bytes, pixels)) {
        sha256_ = *std::move(sha256);
        return file.label;
      }
    }
    ++bad_;
  }
  return std::nullopt;
}

}  // namespace coulis
