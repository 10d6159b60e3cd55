// `coulis strip`: images read in order, written without metadata.
#include "coulis/strip.h"

#include <string_view>
#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "base/path_text.h"
#include "coulis/image.h"
#include "pipeline/image_inputs.h"
#include "pipeline/ordered_images.h"
#include "store/storage.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

// Below `out`; a path that leads out of it, as members of an archive may have, is an error.
Result<fs::path> PlaceFor(const fs::path& out, const std::string& path) {
  const fs::path below = fs::path(PathBytes(path)).lexically_normal();
  if (below.empty() || below.is_absolute() || *below.begin() == "..") {
    return Error{ErrorCode::kInvalidArgument, "the path " + PathText(path) + " leads out of the folder"};
  }
  return out / below;
}

class Stripper {
 public:
  Stripper(const StripOptions& options, Progress& progress) : options_(options), progress_(progress) {}

  Result<void> Take(const Member& image) {
    ++progress_.done;
    if (!image.bytes) return Leave(image.path, image.bytes.error());
    Result<StrippedImage> stripped = StripMetadata(*image.bytes);
    if (!stripped) return Leave(image.path, stripped.error());
    Result<fs::path> place = PlaceFor(options_.out, image.path);
    if (!place) return Leave(image.path, place.error());
    if (Result<void> written = Write(*place, stripped->bytes); !written) return written;
    ++report_.images;
    report_.turned += stripped->orientation != 1 ? 1 : 0;
    report_.other += stripped->supported ? 0 : 1;
    report_.bytes += std::ssize(*image.bytes) - std::ssize(stripped->bytes);
    return {};
  }

  StripReport& report() { return report_; }

 private:
  Result<void> Leave(const std::string& path, const Error& error) {
    ++progress_.bad;
    ++report_.unread;
    if (report_.unread_examples.size() < StripReport::kExamples)
      report_.unread_examples.push_back({path, error.message});
    return {};
  }

  [[nodiscard]] Result<void> Write(const fs::path& place, const std::vector<std::byte>& bytes) const {
    std::error_code ignored;
    if (!options_.overwrite && fs::exists(place, ignored)) {
      return Error{ErrorCode::kAlreadyExists,
                   PathText(place.native()) + " exists: choose another --out, or replace with --overwrite"};
    }
    if (Result<void> made = MakeFolder(place.parent_path()); !made) return made;
    return WriteFileDurably(place, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  const StripOptions& options_;
  Progress& progress_;
  StripReport report_;
};

// Files that are listed while they are written would be stripped themselves.
Result<void> RefuseInside(const StripOptions& options, const Listing& listing) {
  std::error_code ignored;
  const std::string out = fs::weakly_canonical(options.out, ignored).string() + "/";
  for (const std::string& input : listing.inputs()) {
    if (!out.starts_with(input.ends_with('/') ? input : input + "/")) continue;
    return Error{ErrorCode::kInvalidArgument,
                 "--out lies inside input " + PathText(input) + ": choose a folder outside"};
  }
  return {};
}

}  // namespace

Result<StripReport> Strip(const StripOptions& options, Progress* progress, std::stop_token stop) {
  Progress unseen;
  Progress& counters = progress != nullptr ? *progress : unseen;
  if (options.out.empty()) return Error{ErrorCode::kInvalidArgument, "no folder to write was given (--out)"};
  EmbedOptions reading;
  reading.inputs = {options.input};
  reading.globs = options.globs;
  reading.storage = options.storage;
  const Storage storage(options.storage);
  Result<Listing> listing = OpenListing(reading, storage, ListingOrder::kByName);
  if (!listing) return listing.error();
  if (Result<void> outside = RefuseInside(options, *listing); !outside) return outside.error();
  counters.phase = Phase::kPacking;
  Stripper stripper(options, counters);
  Result<void> done = ReadInOrder(*listing, ContainersOf(reading), ReadersOf(*listing, options.storage),
                                  counters, stop, [&](const Member& image) { return stripper.Take(image); });
  if (!done) return done.error();
  if (stripper.report().images == 0)
    return Error{ErrorCode::kNotFound, "no images found that can be stripped"};
  counters.phase = Phase::kDone;
  return std::move(stripper.report());
}

}  // namespace coulis
