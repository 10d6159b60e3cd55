#include "pipeline/feature_moments.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/parallel.h"
#include "store/feature_reader.h"

namespace coulis {
namespace {

// Rows that are added to the moments at a time: few enough to stay in the cache, enough for a fast update.
constexpr std::size_t kBlockRows = 256;

bool Covers(const PartsMoments& known, const Location& part) {
  return std::any_of(known.parts.begin(), known.parts.end(),
                     [&](const PartStamp& stamp) { return stamp.file == part.Name(); });
}

// Whether every part that `known` covers is among `parts`, as it was.
bool IsOf(const PartsMoments& known, const std::vector<Location>& parts) {
  std::vector<PartStamp> stamps;
  for (const Location& part : parts) {
    if (Result<PartStamp> stamp = StampOf(part)) stamps.push_back(*std::move(stamp));
  }
  return std::all_of(known.parts.begin(), known.parts.end(), [&](const PartStamp& stamp) {
    return std::find(stamps.begin(), stamps.end(), stamp) != stamps.end();
  });
}

Result<void> StoreIn(const Staging& staging, const PartsMoments& moments) {
  Result<Location> folder = staging.Section(kMoments);
  if (!folder) return folder.error();
  return WriteMoments(moments, *folder);
}

Result<void> AddPart(const Location& file, const std::stop_token& stop, Moments& moments) {
  Result<FeatureReader> reader = FeatureReader::Open(file);
  if (!reader) return reader.error();
  if (reader->feature_length() != moments.dims()) {
    return Error{ErrorCode::kBadResults, file.Text() + " has features of length " +
                                             std::to_string(reader->feature_length()) + ", expected " +
                                             std::to_string(moments.dims())};
  }
  while (true) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
    Result<std::optional<FeatureBlock>> block = reader->Next();
    if (!block) return block.error();
    if (!*block) return {};
    moments.Add((*block)->features);
  }
}

}  // namespace

Result<Moments> ReadMoments(const std::vector<Location>& parts, int feature_length, int threads,
                            const std::stop_token& stop) {
  Moments total(feature_length);
  const std::size_t wave = static_cast<std::size_t>(std::max(1, threads));
  // In waves, merged in the order of the parts: bounded memory and bits that do not depend on the threads.
  for (std::size_t first = 0; first < parts.size(); first += wave) {
    const std::size_t count = std::min(wave, parts.size() - first);
    std::vector<Moments> part_moments(count, Moments(feature_length));
    Result<void> done = ParallelFor(threads, static_cast<std::int64_t>(count), [&](std::int64_t i) {
      const auto index = static_cast<std::size_t>(i);
      return AddPart(parts[first + index], stop, part_moments[index]);
    });
    if (!done) return done.error();
    for (const Moments& part : part_moments) total.Merge(part);
  }
  return total;
}

bool WorthStoring(std::int64_t rows, int feature_length) {
  constexpr std::int64_t kTimesTheirWeight = 4;
  return rows >= kTimesTheirWeight * feature_length;
}

PartsMoments StoredMoments(const Staging& staging, const std::vector<Location>& parts, int feature_length) {
  PartsMoments none{Moments(feature_length), {}};
  if (parts.empty()) return none;
  for (const Location& folder : staging.MomentsFolders()) {
    Result<PartsMoments> stored = ReadMoments(folder);
    if (stored && stored->moments.dims() == feature_length && IsOf(*stored, parts)) return *std::move(stored);
  }
  return none;
}

Result<Moments> CompleteMoments(const Staging& staging, PartsMoments known, int threads,
                                const std::stop_token& stop) {
  Result<std::vector<Location>> missing = staging.FeatureParts();
  if (!missing) return missing.error();
  std::erase_if(*missing, [&](const Location& part) { return Covers(known, part); });
  if (missing->empty()) return std::move(known.moments);
  Result<Moments> read = ReadMoments(*missing, known.moments.dims(), threads, stop);
  if (!read) return read.error();
  known.moments.Merge(*read);
  for (const Location& part : *missing) {
    Result<PartStamp> stamp = StampOf(part);
    if (!stamp) return stamp.error();
    known.parts.push_back(*std::move(stamp));
  }
  if (WorthStoring(known.moments.count(), known.moments.dims())) {
    if (Result<void> stored = StoreIn(staging, known); !stored) return stored.error();
  }
  return std::move(known.moments);
}

MomentsTaker::MomentsTaker(const Staging& staging, PartsMoments known)
    : staging_(staging), known_(std::move(known)), stored_rows_(known_.moments.count()) {}

void MomentsTaker::Add(std::span<const float> features) {
  block_.insert(block_.end(), features.begin(), features.end());
  if (block_.size() == kBlockRows * features.size()) AddBlock();
}

Result<void> MomentsTaker::PartFinished(const Location& part) {
  AddBlock();
  Result<PartStamp> stamp = StampOf(part);
  if (!stamp) return stamp.error();
  known_.parts.push_back(*std::move(stamp));
  return WorthStoring(known_.moments.count() - stored_rows_, known_.moments.dims()) ? Store()
                                                                                    : Result<void>();
}

Result<void> MomentsTaker::Finish() {
  const std::int64_t rows = known_.moments.count();
  return rows > stored_rows_ && WorthStoring(rows, known_.moments.dims()) ? Store() : Result<void>();
}

void MomentsTaker::AddBlock() {
  if (!block_.empty()) known_.moments.Add(block_);
  block_.clear();
}

Result<void> MomentsTaker::Store() {
  stored_rows_ = known_.moments.count();
  return StoreIn(staging_, known_);
}

}  // namespace coulis
