#include "pipeline/feature_moments.h"

#include <algorithm>
#include <optional>

#include "base/parallel.h"
#include "base/path_text.h"
#include "store/feature_reader.h"

namespace coulis {
namespace {

Result<void> AddPart(const std::filesystem::path& file, const std::stop_token& stop, Moments& moments) {
  Result<FeatureReader> reader = FeatureReader::Open(file);
  if (!reader) return reader.error();
  if (reader->feature_length() != moments.dims()) {
    return Error{ErrorCode::kBadResults, PathText(file.native()) + " has features of length " +
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

Result<Moments> ReadMoments(const std::vector<std::filesystem::path>& parts, int feature_length, int threads,
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

}  // namespace coulis
