// Images into shards: listed by name, read ahead, written in their order.
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "base/utc_now.h"
#include "coulis/image.h"
#include "coulis/pack.h"
#include "coulis/version.h"
#include "pipeline/image_inputs.h"
#include "pipeline/jobs.h"
#include "pipeline/ordered_images.h"
#include "store/pack_folder.h"
#include "store/shard_writer.h"
#include "store/storage.h"

namespace coulis {
namespace {

constexpr std::int64_t kTarBlock = 512;

// What an image takes in a tar archive: a header, and whole blocks.
std::int64_t RoomFor(std::span<const std::byte> image) {
  return kTarBlock + (std::ssize(image) + kTarBlock - 1) / kTarBlock * kTarBlock;
}

EmbedOptions ReadingOptions(const PackOptions& options) {
  EmbedOptions reading;
  reading.inputs = options.inputs;
  reading.manifest = options.manifest;
  reading.image_column = options.image_column;
  reading.globs = options.globs;
  reading.decode.limits.max_bytes = options.max_bytes;
  reading.storage = options.storage;
  return reading;
}

PackRecord Plan(const PackOptions& options, const Listing& listing) {
  PackRecord plan;
  plan.coulis_version = Version();
  plan.created = UtcNow();
  plan.inputs = listing.inputs();
  plan.manifest = ManifestText(options.manifest);
  plan.image_column = options.image_column;
  plan.globs = options.globs;
  plan.max_bytes = options.max_bytes;
  plan.format = ToString(options.format);
  plan.shard_bytes = options.shard_bytes;
  plan.strip_metadata = options.strip_metadata;
  return plan;
}

// Fills shard after shard.
class ShardFiller {
 public:
  ShardFiller(const PackOptions& options, PackFolder& folder, PackRecord& record, Progress& progress)
      : options_(options), folder_(folder), record_(record), progress_(progress) {}

  Result<void> Take(const Member& image) {
    ++progress_.done;
    if (!image.bytes) return Leave(image, image.bytes.error());
    if (!options_.strip_metadata) return Put(image, *image.bytes);
    Result<StrippedImage> stripped = StripMetadata(*image.bytes);
    return stripped ? Put(image, stripped->bytes) : Leave(image, stripped.error());
  }

  Result<void> Finish() { return writer_ ? FinishShard() : Result<void>(); }

 private:
  Result<void> Leave(const Member& image, const Error& error) {
    ++progress_.bad;
    ++record_.unread;
    if (record_.unread_examples.size() < PackRecord::kUnreadExamples) {
      record_.unread_examples.push_back({image.path, error.message});
    }
    return {};
  }

  Result<void> Put(const Member& image, std::span<const std::byte> bytes) {
    const std::int64_t room = RoomFor(bytes);
    if (writer_ && room_used_ + room > options_.shard_bytes) {
      if (Result<void> finished = FinishShard(); !finished) return finished;
    }
    if (!writer_) {
      if (Result<void> begun = BeginShard(); !begun) return begun;
    }
    room_used_ += room;
    note_.shard.images += 1;
    note_.shard.bytes += std::ssize(bytes);
    note_.paths.push_back(image.path);
    return writer_->Add(image.path, image.label, bytes);
  }

  Result<void> BeginShard() {
    const Location file = folder_.NextShard();
    Result<std::unique_ptr<ShardWriter>> writer = NewShard(file, options_.format);
    if (!writer) return writer.error();
    writer_ = *std::move(writer);
    room_used_ = 0;
    note_ = ShardNote{{.file = file.Name()}, {}};
    return {};
  }

  Result<void> FinishShard() {
    const std::unique_ptr<ShardWriter> writer = std::move(writer_);
    if (Result<void> finished = writer->Finish(); !finished) return finished;
    return folder_.Add(note_);
  }

  const PackOptions& options_;
  PackFolder& folder_;
  PackRecord& record_;
  Progress& progress_;
  std::unique_ptr<ShardWriter> writer_;
  std::int64_t room_used_ = 0;
  ShardNote note_;
};

void Count(const PackFolder& folder, PackRecord& record) {
  record.shards = folder.shards();
  for (const ShardRecord& shard : record.shards) {
    record.images += shard.images;
    record.bytes += shard.bytes;
  }
}

// What is left of a run that did not come to its end.
Error ShardsKept(Error error, const PackFolder& folder) {
  folder.DropIfNothingWasFinished();
  if (!folder.shards().empty()) {
    error.message += "; " + std::to_string(folder.shards().size()) +
                     " finished shards are kept: the same command with --resume goes on";
  }
  return error;
}

Result<void> CheckOptions(const PackOptions& options) {
  if (options.out.empty()) return Error{ErrorCode::kInvalidArgument, "no folder to write was given (--out)"};
  if (options.shard_bytes < 1 || options.max_bytes < 1) {
    return Error{ErrorCode::kInvalidArgument, "sizes of shards and images must be at least 1"};
  }
  return {};
}

// Shards that are listed while they are written would be packed themselves.
Result<void> RefuseInside(const Location& out, const Listing& listing) {
  std::error_code ignored;
  const std::string text = out.bucket() != nullptr
                               ? out.Text()
                               : Location(std::filesystem::weakly_canonical(out.path(), ignored)).Text();
  for (const std::string& input : listing.inputs()) {
    if ((text + "/").starts_with(input.ends_with('/') ? input : input + "/")) {
      return Error{ErrorCode::kInvalidArgument,
                   "--out " + out.Text() + " lies inside input " + input + ": choose a folder outside"};
    }
  }
  return {};
}

Result<void> PackAll(const PackOptions& options, Listing& listing, PackFolder& folder, PackRecord& record,
                     Progress& progress, const std::stop_token& stop) {
  const EmbedOptions reading = ReadingOptions(options);
  ContainerOptions containers = ContainersOf(reading);
  const std::unordered_set<std::string>& packed = folder.paths();
  containers.wish = [&](const std::string& path) {
    if (!packed.contains(path)) return Wish::kTake;
    ++progress.found;
    ++progress.resumed;
    return Wish::kPass;
  };
  ShardFiller filler(options, folder, record, progress);
  Result<void> done = ReadInOrder(listing, containers, ReadersOf(listing, reading.storage), progress, stop,
                                  [&](const Member& image) { return filler.Take(image); });
  return done ? filler.Finish() : done;
}

}  // namespace

Result<PackRecord> Pack(const PackOptions& options, Progress* progress, std::stop_token stop) {
  Progress unseen;
  Progress& counters = progress != nullptr ? *progress : unseen;
  if (Result<void> checked = CheckOptions(options); !checked) return checked.error();
  const Storage storage(options.storage);
  Result<Listing> listing = OpenListing(ReadingOptions(options), storage, ListingOrder::kByName);
  if (!listing) return listing.error();
  Result<Location> out = storage.Open(options.out);
  if (!out) return out.error();
  if (Result<void> outside = RefuseInside(*out, *listing); !outside) return outside.error();
  PackRecord record = Plan(options, *listing);
  Result<PackFolder> folder = PackFolder::Open(*out, options.existing, options.steal_lock, record);
  if (!folder) return folder.error();

  counters.phase = Phase::kPacking;
  Result<void> done = PackAll(options, *listing, *folder, record, counters, stop);
  Count(*folder, record);
  if (done && record.images == 0) done = Error{ErrorCode::kNotFound, "no images found that can be read"};
  if (!done) return ShardsKept(done.error(), *folder);
  record.created = UtcNow();
  if (Result<void> published = folder->Publish(record); !published) return published.error();
  counters.phase = Phase::kDone;
  return record;
}

}  // namespace coulis
