#include "pipeline/finished_rows.h"

#include <algorithm>
#include <optional>

#include "store/feature_reader.h"
#include "store/feature_writer.h"
#include "store/results_folder.h"

namespace coulis {
namespace {

Result<void> AddPart(const Location& file, FinishedRows& finished) {
  Result<FeatureReader> reader = FeatureReader::Open(file, FeatureReader::Columns::kPathAndError);
  if (!reader) return reader.error();
  PartRecord part{std::string(kFeatures) + "/" + file.Name(), reader->rows(), 0};
  while (true) {
    Result<std::optional<FeatureBlock>> block = reader->Next();
    if (!block) return block.error();
    if (!*block) break;
    part.bad += std::count_if((*block)->error.begin(), (*block)->error.end(),
                              [](const auto& error) { return error.has_value(); });
    for (std::string& path : (*block)->path) finished.paths.insert(std::move(path));
  }
  finished.parts.push_back(std::move(part));
  finished.next_part = std::max(finished.next_part, PartNumber(file) + 1);
  return {};
}

}  // namespace

Result<FinishedRows> ReadFinishedRows(const std::vector<Location>& parts) {
  FinishedRows finished;
  for (const Location& part : parts) {
    if (Result<void> added = AddPart(part, finished); !added) return added.error();
  }
  return finished;
}

}  // namespace coulis
