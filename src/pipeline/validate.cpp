// Reads a results folder back and checks what docs/formats.md promises.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coulis/pca.h"
#include "coulis/pipeline.h"
#include "pipeline/row_matcher.h"
#include "store/feature_reader.h"
#include "store/pca_model_files.h"
#include "store/pca_table.h"
#include "store/results_folder.h"
#include "store/storage.h"

namespace coulis {
namespace {

// Vectors whose projection is computed again.
constexpr std::size_t kSampledRows = 1000;
// The same arithmetic gives the same bits on one machine; another processor may round otherwise.
constexpr float kProjectionTolerance = 1e-4F;

std::string Number(std::int64_t value) {
  return std::to_string(value);
}

// Everything seen while reading, turned into checks at the end.
struct Seen {
  RowMatcher matcher;
  std::unordered_map<std::string, std::vector<float>> sample;
  std::int64_t rows = 0;
  std::int64_t bad = 0;
  std::int64_t not_finite = 0;
  std::int64_t neither_or_both = 0;  // rows with features and error, or without both
  std::int64_t pca_rows = 0;
  std::int64_t pca_not_finite = 0;
  std::int64_t projected = 0;
  float worst_projection = 0;
  std::vector<std::string> problems;  // files that could not be read or have other counts
};

bool AllFinite(const float* first, std::size_t count) {
  return std::all_of(first, first + count, [](float value) { return std::isfinite(value); });
}

Result<void> AddFeatureBlock(const FeatureBlock& block, std::size_t length, Seen& seen) {
  std::vector<bool> has_features(block.path.size(), false);
  for (std::size_t i = 0; i < block.good.size(); ++i) {
    const std::string& path = block.path[block.good[i]];
    const float* features = block.features.data() + i * length;
    has_features[block.good[i]] = true;
    if (!AllFinite(features, length)) ++seen.not_finite;
    if (seen.sample.size() < kSampledRows)
      seen.sample.emplace(path, std::vector(features, features + length));
  }
  for (std::size_t row = 0; row < block.path.size(); ++row) {
    ++seen.rows;
    if (block.error[row]) ++seen.bad;
    if (block.error[row].has_value() == has_features[row]) ++seen.neither_or_both;
    Result<void> added = seen.matcher.AddFeatures(block.path[row], block.label[row], has_features[row]);
    if (!added) return added;
  }
  return {};
}

Result<void> ReadFeaturePart(const Location& file, const PartRecord& part, int length, Seen& seen) {
  Result<FeatureReader> reader = FeatureReader::Open(file);
  if (!reader) return reader.error();
  if (reader->feature_length() != length) {
    return Error{ErrorCode::kBadResults, part.file + " has features of length " +
                                             Number(reader->feature_length()) + ", run.json says " +
                                             Number(length)};
  }
  const std::int64_t rows_before = seen.rows;
  const std::int64_t bad_before = seen.bad;
  while (true) {
    Result<std::optional<FeatureBlock>> block = reader->Next();
    if (!block) return block.error();
    if (!*block) break;
    Result<void> added = AddFeatureBlock(**block, static_cast<std::size_t>(length), seen);
    if (!added) return added;
  }
  if (seen.rows - rows_before != part.rows || seen.bad - bad_before != part.bad) {
    return Error{ErrorCode::kBadResults, part.file + " has " + Number(seen.rows - rows_before) + " rows, " +
                                             Number(seen.bad - bad_before) + " bad; run.json says " +
                                             Number(part.rows) + ", " + Number(part.bad)};
  }
  return {};
}

// What is not finite is infinitely far from everything.
float Distance(float a, float b) {
  const float distance = std::abs(a - b);
  return std::isnan(distance) ? std::numeric_limits<float>::infinity() : distance;
}

void CompareProjection(const std::vector<float>& features, const float* vector, const PcaProjector& projector,
                       Seen& seen) {
  std::vector<float> expected(static_cast<std::size_t>(projector.k()));
  projector.Project(features, expected);
  float largest = 1;
  float error = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    error = std::max(error, Distance(expected[i], vector[i]));
  }
  const float relative = std::isinf(error) ? error : error / largest;
  seen.worst_projection = std::max(seen.worst_projection, relative);
  ++seen.projected;
}

Result<void> ReadPcaPart(const Location& file, const PartRecord& part, const PcaProjector& projector,
                         Seen& seen) {
  Result<PcaReader> reader = PcaReader::Open(file);
  if (!reader) return reader.error();
  const auto k = static_cast<std::size_t>(projector.k());
  if (reader->k() != projector.k() || reader->rows() != part.rows) {
    return Error{ErrorCode::kBadResults, part.file + " has " + Number(reader->rows()) +
                                             " vectors of length " + Number(reader->k()) + "; expected " +
                                             Number(part.rows) + " of " + Number(projector.k())};
  }
  while (true) {
    Result<std::optional<PcaBlock>> block = reader->Next();
    if (!block) return block.error();
    if (!*block) return {};
    for (std::size_t row = 0; row < (*block)->path.size(); ++row) {
      const std::string& path = (*block)->path[row];
      const float* vector = (*block)->vectors.data() + row * k;
      ++seen.pca_rows;
      if (Result<void> added = seen.matcher.AddPca(path, (*block)->label[row]); !added) return added;
      if (!AllFinite(vector, k)) ++seen.pca_not_finite;
      if (const auto features = seen.sample.find(path); features != seen.sample.end()) {
        CompareProjection(features->second, vector, projector, seen);
      }
    }
  }
}

// Runs `read` on every part; what goes wrong with one part is noted, and the others are still read.
Result<void> ReadParts(const std::vector<PartRecord>& parts, const std::stop_token& stop, Seen& seen,
                       const std::function<Result<void>(const PartRecord&)>& read) {
  for (const PartRecord& part : parts) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
    if (Result<void> done = read(part); !done) seen.problems.push_back(done.error().message);
  }
  return {};
}

Check PartsCheck(const char* section, const Location& folder, const std::vector<PartRecord>& listed,
                 std::vector<std::string>& problems) {
  const Result<std::vector<Location>> present = PartFiles(folder);
  if (present && present->size() != listed.size()) {
    problems.push_back(Number(static_cast<std::int64_t>(present->size())) +
                       " parts are there, run.json lists " +
                       Number(static_cast<std::int64_t>(listed.size())));
  }
  Check check{std::string(section) + ": parts", problems.empty(), ""};
  check.detail = problems.empty() ? Number(static_cast<std::int64_t>(listed.size())) +
                                        " read, schema and counts as in run.json"
                                  : problems.front();
  if (problems.size() > 1)
    check.detail += " (and " + Number(static_cast<std::int64_t>(problems.size()) - 1) + " more)";
  problems.clear();
  return check;
}

void AddFeatureChecks(const RunRecord& record, const Location& results, Seen& seen,
                      std::vector<Check>& checks) {
  checks.push_back(PartsCheck(kFeatures, results / kFeatures, record.features, seen.problems));
  checks.push_back({"features: rows", seen.rows == record.images && seen.bad == record.bad,
                    Number(seen.rows) + " rows, " + Number(seen.bad) + " bad; run.json says " +
                        Number(record.images) + ", " + Number(record.bad)});
  checks.push_back({"features: a vector or an error", seen.neither_or_both == 0,
                    Number(seen.neither_or_both) + " rows have both or neither"});
  checks.push_back({"features: finite, length " + Number(record.feature_length), seen.not_finite == 0,
                    Number(seen.not_finite) + " vectors are not finite"});
}

void AddPcaChecks(const RunRecord& record, const Location& results, Seen& seen, const RowMismatches& rows,
                  std::vector<Check>& checks) {
  checks.push_back(PartsCheck(kPca, results / kPca, record.pca->parts, seen.problems));
  checks.push_back(
      {"pca: a row for each good image", rows.missing == 0 && rows.strangers == 0 && rows.other_labels == 0,
       Number(seen.pca_rows) + " rows; " + Number(rows.missing) + " missing, " + Number(rows.strangers) +
           " without features, " + Number(rows.other_labels) + " with another label"});
  checks.push_back(
      {"pca: finite", seen.pca_not_finite == 0, Number(seen.pca_not_finite) + " vectors are not finite"});
  const bool close = seen.worst_projection <= kProjectionTolerance;
  char worst[32];
  std::snprintf(worst, sizeof(worst), "%.1e", static_cast<double>(seen.worst_projection));
  checks.push_back({"pca: equals model applied to features",
                    close && (seen.projected > 0 || seen.pca_rows == 0),
                    Number(seen.projected) + " rows computed again, largest relative difference " + worst});
}

Check PathsCheck(const RowMismatches& rows) {
  return {"features: paths unique", rows.duplicates == 0, Number(rows.duplicates) + " come twice"};
}

Check ModelCheck(const RunRecord& record, const Result<PcaModel>& model) {
  if (!model) return {"pca_model", false, model.error().message};
  const bool fits = model->dims == record.feature_length && model->k == record.pca->k;
  return {"pca_model", fits,
          Number(model->k) + " components of " + Number(model->dims) + " features, fitted on " +
              Number(model->count) + " images; run.json says " + Number(record.pca->k) + " of " +
              Number(record.feature_length)};
}

}  // namespace

Result<std::vector<Check>> Validate(const std::string& name, Progress* progress, std::stop_token stop,
                                    const StorageOptions& storage) {
  if (progress != nullptr) progress->phase = Phase::kValidating;
  Result<Location> opened = Storage(storage).Open(name);
  if (!opened) return opened.error();
  const Location& results = *opened;
  Result<RunRecord> record = ReadRecordOf(results);
  if (!record) return record.error();
  std::vector<Check> checks = {{"run.json", true, "written by Coulis " + record->coulis_version}};
  Seen seen;
  Result<void> read = ReadParts(record->features, stop, seen, [&](const PartRecord& part) {
    return ReadFeaturePart(results / part.file, part, record->feature_length, seen);
  });
  if (!read) return read.error();
  AddFeatureChecks(*record, results, seen, checks);
  std::optional<Result<PcaModel>> model;
  if (record->pca) model = ReadPcaModel(results / kPcaModel);
  const bool can_project = model && *model;
  if (can_project) {
    const PcaProjector projector(**model);
    read = ReadParts(record->pca->parts, stop, seen, [&](const PartRecord& part) {
      return ReadPcaPart(results / part.file, part, projector, seen);
    });
    if (!read) return read.error();
  }
  const Result<RowMismatches> rows = seen.matcher.Finish();
  if (!rows) return rows.error();
  checks.push_back(PathsCheck(*rows));
  if (model) checks.push_back(ModelCheck(*record, *model));
  if (can_project) AddPcaChecks(*record, results, seen, *rows, checks);
  if (progress != nullptr) progress->phase = Phase::kDone;
  return checks;
}

}  // namespace coulis
