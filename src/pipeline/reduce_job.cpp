#include <algorithm>
#include <mutex>
#include <sstream>
#include <utility>

#include "base/parallel.h"
#include "base/path_text.h"
#include "coulis/pca.h"
#include "pipeline/feature_moments.h"
#include "pipeline/jobs.h"
#include "pipeline/stopwatch.h"
#include "store/feature_reader.h"
#include "store/pca_model_files.h"
#include "store/pca_table.h"

namespace coulis {
namespace {

// A PCA to project with, and how many of the vectors that it was fitted on are known to be forgotten.
struct ObtainedPca {
  PcaModel model;
  std::int64_t forgotten = 0;
};

// A PCA that lies without a run, as ScaledPCAModel of the Spark jar writes it: nothing tells of which network
// its features were. `no_run`: the error where there is none either.
Result<ObtainedPca> TakeLoosePca(const Location& from, const RunRecord& record, const Error& no_run) {
  Result<PcaModel> model = ReadPcaModel(from / kPcaModel);
  if (!model) return model.error().code == ErrorCode::kNotFound ? no_run : model.error();
  if (model->dims != record.feature_length) {
    return Error{ErrorCode::kInvalidArgument, "the PCA in " + from.Text() + " was fitted on " +
                                                  std::to_string(model->dims) + " features, these are " +
                                                  std::to_string(record.feature_length) +
                                                  ": embed with the same model or fit anew"};
  }
  return ObtainedPca{*std::move(model)};
}

// The PCA of another run, which must have been fitted on features made in the same way.
Result<ObtainedPca> TakePca(const Location& from, const RunRecord& record) {
  Result<RunRecord> other = ReadRecordOf(from);
  if (!other && other.error().code == ErrorCode::kNotFound) {
    return TakeLoosePca(from, record, other.error());
  }
  if (!other) return other.error();
  if (other->model_sha256 != record.model_sha256 || other->preprocessing != record.preprocessing ||
      other->layer != record.layer || other->precision != record.precision ||
      other->decode != record.decode) {
    return Error{ErrorCode::kInvalidArgument,
                 "the PCA in " + from.Text() + " was fitted on features of model " + other->model_name +
                     " (sha256 " + other->model_sha256.substr(0, 12) + ", " + other->precision +
                     (other->layer.empty() ? "" : ", layer " + other->layer) + ", " + other->decode +
                     " decode" + (other->preprocessing.empty() ? "" : ", " + other->preprocessing) +
                     "), these are of another: embed with the same model and preprocessing or fit anew"};
  }
  if (!other->pca) {
    return Error{ErrorCode::kInvalidArgument, from.Text() + " holds no PCA: run `coulis reduce` on it first"};
  }
  Result<PcaModel> model = ReadPcaModel(from / kPcaModel);
  if (!model) return model.error();
  return ObtainedPca{*std::move(model), other->pca->forgotten};
}

Result<ObtainedPca> TakePcaOf(const ReduceOptions& options, const Storage& storage, const RunRecord& record) {
  Result<Location> from = storage.Open(options.pca_from);
  if (!from) return from.error();
  return TakePca(*from, record);
}

Result<ObtainedPca> ObtainPca(const ReduceOptions& options, const Storage& storage, const Staging& staging,
                              const RunRecord& record, std::optional<PartsMoments> known, int threads,
                              const std::stop_token& stop) {
  if (!options.pca_from.empty()) return TakePcaOf(options, storage, record);
  if (!known) {
    Result<std::vector<Location>> parts = staging.FeatureParts();
    if (!parts) return parts.error();
    known = StoredMoments(staging, *parts, record.feature_length);
  }
  Result<Moments> moments = CompleteMoments(staging, *std::move(known), threads, stop);
  if (!moments) return moments.error();
  Result<PcaModel> model = FitPca(*moments, options.components);
  if (!model) return model.error();
  return ObtainedPca{*std::move(model)};
}

// The labels and paths of the rows that have features.
struct GoodRows {
  std::vector<std::string> path;
  std::vector<std::optional<std::string>> label;
};

GoodRows GoodRowsOf(FeatureBlock& block) {
  GoodRows rows;
  for (const std::size_t row : block.good) {
    rows.path.push_back(std::move(block.path[row]));
    rows.label.push_back(std::move(block.label[row]));
  }
  return rows;
}

// Projects one part; `rows` is 0 and no file is written when it has no good row.
Result<PartRecord> ProjectPart(const Location& part, const Location& folder, const PcaProjector& projector,
                               const std::stop_token& stop) {
  Result<FeatureReader> reader = FeatureReader::Open(part);
  if (!reader) return reader.error();
  std::optional<PcaWriter> writer;
  PartRecord record{std::string(kPca) + "/" + part.Name(), 0, 0};
  std::vector<float> vectors;
  while (true) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
    Result<std::optional<FeatureBlock>> block = reader->Next();
    if (!block) return block.error();
    if (!*block) break;
    const GoodRows rows = GoodRowsOf(**block);
    if (rows.path.empty()) continue;
    if (!writer) {
      Result<PcaWriter> created = PcaWriter::Create(folder / part.Name(), projector.k());
      if (!created) return created.error();
      writer = *std::move(created);
    }
    vectors.resize(rows.path.size() * static_cast<std::size_t>(projector.k()));
    projector.Project((*block)->features, vectors);
    if (Result<void> added = writer->Append(rows.path, rows.label, vectors); !added) return added.error();
    record.rows += static_cast<std::int64_t>(rows.path.size());
  }
  if (writer) {
    if (Result<void> finished = writer->Finish(); !finished) return finished.error();
  }
  return record;
}

Result<std::vector<PartRecord>> ProjectAll(const std::vector<Location>& parts, const Location& folder,
                                           const PcaModel& model, int threads, const std::stop_token& stop) {
  const PcaProjector projector(model);
  std::vector<PartRecord> records(parts.size());
  Result<void> done =
      ParallelFor(threads, static_cast<std::int64_t>(parts.size()), [&](std::int64_t i) -> Result<void> {
        const auto index = static_cast<std::size_t>(i);
        Result<PartRecord> record = ProjectPart(parts[index], folder, projector, stop);
        if (!record) return record.error();
        records[index] = *std::move(record);
        return {};
      });
  if (!done) return done.error();
  std::erase_if(records, [](const PartRecord& record) { return record.rows == 0; });
  return records;
}

// The PCA in place, if it is to be kept: its record and model.
struct KeptPca {
  PcaRecord record;
  PcaModel model;
};

Result<std::optional<KeptPca>> PcaToKeep(const ReduceOptions& options, const Staging& staging) {
  if (!options.keep_pca || !staging.extends()) return std::optional<KeptPca>();
  Result<RunRecord> before = ReadRecordOf(staging.results());
  if (!before) return before.error();
  if (!before->pca) return std::optional<KeptPca>();
  Result<PcaModel> model = ReadPcaModel(staging.results() / kPcaModel);
  if (!model) return model.error();
  return std::optional(KeptPca{*std::move(before->pca), *std::move(model)});
}

// Projects the new parts only; those in place stay.
Result<PcaRecord> ProjectNew(KeptPca kept, const Staging& staging, int threads, const std::stop_token& stop) {
  Result<std::vector<Location>> parts = staging.NewFeatureParts();
  if (!parts) return parts.error();
  Result<Location> folder = staging.NewSection(kPca);
  if (!folder) return folder.error();
  Result<std::vector<PartRecord>> added = ProjectAll(*parts, *folder, kept.model, threads, stop);
  if (!added) return added.error();
  kept.record.parts.insert(kept.record.parts.end(), added->begin(), added->end());
  return std::move(kept.record);
}

// Projects all parts and stages the model with them.
Result<PcaRecord> ProjectAnew(const ReduceOptions& options, const ObtainedPca& obtained,
                              const Staging& staging, int threads, const std::stop_token& stop) {
  const PcaModel& model = obtained.model;
  Result<std::vector<Location>> parts = staging.FeatureParts();
  if (!parts) return parts.error();
  Result<Location> pca_folder = staging.NewSection(kPca);
  if (!pca_folder) return pca_folder.error();
  Result<std::vector<PartRecord>> projected = ProjectAll(*parts, *pca_folder, model, threads, stop);
  if (!projected) return projected.error();
  Result<Location> model_folder = staging.NewSection(kPcaModel);
  if (!model_folder) return model_folder.error();
  if (Result<void> written = WritePcaModel(model, *model_folder); !written) return written.error();

  PcaRecord pca;
  pca.k = model.k;
  for (const double ratio : model.explained_variance_ratio) pca.explained_variance_ratio += ratio;
  pca.fitted_on = options.pca_from.empty() ? kFittedHere : PathText(options.pca_from);
  pca.fitted_rows = model.count;
  pca.forgotten = obtained.forgotten;
  pca.components = options.pca_from.empty() ? ChoiceText(options.components) : std::to_string(model.k);
  pca.parts = *std::move(projected);
  return pca;
}

}  // namespace

std::string ChoiceText(const ComponentChoice& choice) {
  std::ostringstream text;
  if (const auto* share = std::get_if<VarianceShare>(&choice)) {
    text << share->share;
  } else {
    text << std::get<ComponentCount>(choice).count;
  }
  return text.str();
}

Result<void> CheckReduce(const ReduceOptions& options, const Storage& storage, const RunRecord& plan) {
  if (!options.pca_from.empty()) {
    if (Result<ObtainedPca> taken = TakePcaOf(options, storage, plan); !taken) return taken.error();
    return {};
  }
  const auto* wanted = std::get_if<ComponentCount>(&options.components);
  if (wanted != nullptr && wanted->count > plan.feature_length) {
    return Error{ErrorCode::kInvalidArgument, "cannot keep " + std::to_string(wanted->count) +
                                                  " components of " + std::to_string(plan.feature_length) +
                                                  " features: choose fewer"};
  }
  return {};
}

Result<void> ReduceJob(const ReduceOptions& options, const Storage& storage, const Staging& staging,
                       RunRecord& record, std::optional<PartsMoments> known, Progress& progress,
                       const std::stop_token& stop) {
  const Stopwatch watch;
  progress.phase = Phase::kFitting;
  Result<int> threads = ResolveThreads(options.threads);
  if (!threads) return threads.error();
  Result<std::optional<KeptPca>> kept = PcaToKeep(options, staging);
  if (!kept) return kept.error();
  if (Result<void> set = staging.SetKeepsPca(kept->has_value()); !set) return set;
  std::optional<Result<PcaRecord>> pca;
  if (*kept) {
    progress.phase = Phase::kProjecting;
    pca = ProjectNew(**std::move(kept), staging, *threads, stop);
  } else {
    Result<ObtainedPca> obtained =
        ObtainPca(options, storage, staging, record, std::move(known), *threads, stop);
    if (!obtained) return obtained.error();
    progress.phase = Phase::kProjecting;
    pca = ProjectAnew(options, *obtained, staging, *threads, stop);
  }
  if (!*pca) return pca->error();
  record.pca = **std::move(pca);
  record.timing.reduce = watch.Seconds();
  return {};
}

}  // namespace coulis
