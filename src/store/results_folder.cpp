#include "store/results_folder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "base/durable_file.h"
#include "base/parallel.h"
#include "store/option_difference.h"
#include "store/run_json.h"
#include "store/storage.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEmbedStaging = ".incomplete";
constexpr const char* kReduceStaging = ".reducing";
constexpr const char* kPlanFile = "plan.json";
// Marks a staging folder whose parts are added to the result's instead of replacing them.
constexpr const char* kExtendsFile = "extends";
// The same of the projected parts alone.
constexpr const char* kKeepsPcaFile = "keeps_pca";

// Objects of a bucket that are moved at a time: each waits for the store, not for this machine.
int MoversTo(const Location& folder) {
  return folder.bucket() != nullptr ? 8 : 1;
}

// Objects move one at a time, and a kill may come between any two.
Result<void> MoveFiles(const std::vector<Location>& files, const Location& to) {
  return ParallelFor(MoversTo(to), static_cast<std::int64_t>(files.size()), [&](std::int64_t i) {
    const Location& file = files[static_cast<std::size_t>(i)];
    return MoveFile(file, to / file.Name());
  });
}

// Adds the files of a staged folder to the one that is in place.
Result<void> AddFiles(const Location& from, const Location& to) {
  Result<std::vector<Location>> parts = PartFiles(from);
  if (!parts) return parts.error();
  if (Result<void> moved = MoveFiles(*parts, to); !moved) return moved;
  return RemoveAll(from);
}

// The parts of a section that a record lists; nothing for sections whose files always have the same names.
std::optional<std::vector<std::string>> ListedParts(const std::string& section, const RunRecord& record) {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<PartRecord>& parts) {
    for (const PartRecord& part : parts) names.push_back(part.file.substr(section.size() + 1));
  };
  if (section == kFeatures) {
    add(record.features);
  } else if (section == kPca && record.pca) {
    add(record.pca->parts);
  } else {
    return std::nullopt;
  }
  return names;
}

// There is no renaming of folders in a bucket. What an earlier try has moved already must stay: so what is in
// place goes by what the record lists, and what is staged takes the place of its namesake.
Result<void> ReplaceObjects(const Location& from, const Location& to, const std::string& section,
                            const RunRecord& record) {
  const auto listed = ListedParts(section, record);
  Result<std::vector<std::string>> placed = NamesIn(to);
  if (!placed) return placed.error();
  for (const std::string& name : *placed) {
    if (!listed || Holds(*listed, name)) continue;
    if (Result<void> removed = RemoveAll(to / name); !removed) return removed;
  }
  Result<std::vector<Location>> staged = PartFiles(from);
  if (!staged) return staged.error();
  // The others go with the staging folder.
  std::erase_if(*staged, [&](const Location& file) { return listed && !Holds(*listed, file.Name()); });
  return MoveFiles(*staged, to);
}

Result<void> ReplaceFolder(const Location& from, const Location& to, const std::string& section,
                           const RunRecord& record) {
  if (to.bucket() != nullptr) return ReplaceObjects(from, to, section, record);
  if (Result<void> removed = RemoveAll(to); !removed) return removed;
  return MoveFile(from, to);
}

// Whether what is in place stays when nothing was staged for it.
bool Stays(const std::string& section, const RunRecord& record, const std::vector<std::string>& staged) {
  if (section == kFeatures) return true;
  if (section == kMoments) return !Holds(staged, kFeatures) || Holds(staged, kExtendsFile);
  return record.pca.has_value();
}

// Whether what was staged joins what is in place.
bool IsAdded(const std::string& section, const std::vector<std::string>& staged) {
  if (section == kFeatures) return Holds(staged, kExtendsFile);
  return section == kPca && Holds(staged, kKeepsPcaFile);
}

Result<void> PlaceSection(const std::string& section, const Location& staging, const Location& results,
                          const RunRecord& record, const std::vector<std::string>& staged) {
  const Location placed = results / section;
  if (!Holds(staged, section)) return Stays(section, record, staged) ? Result<void>() : RemoveAll(placed);
  if (IsAdded(section, staged)) return AddFiles(staging / section, placed);
  return ReplaceFolder(staging / section, placed, section, record);
}

// Every step can be repeated, so a kill anywhere in here is mended by doing it all again. `record` is what
// the staging folder's run.json says.
Result<void> MoveIntoPlace(const Location& staging, const Location& results, const RunRecord& record) {
  Result<std::vector<std::string>> staged = NamesIn(staging);
  if (!staged) return staged.error();
  if (Result<void> removed = RemoveFile(results / kRunFile); !removed) return removed;
  // Moments before the features, by whose being staged they are judged.
  Result<void> done = PlaceSection(kMoments, staging, results, record, *staged);
  if (!done) return done;
  const std::array<const char*, 3> others = {kFeatures, kPca, kPcaModel};
  done = ParallelFor(MoversTo(results), std::ssize(others), [&](std::int64_t i) {
    return PlaceSection(others[static_cast<std::size_t>(i)], staging, results, record, *staged);
  });
  // Without its plan, what a kill leaves of the staging folder is no unfinished run.
  if (done) done = RemoveFile(staging / kPlanFile);
  if (done) done = MoveFile(staging / kRunFile, results / kRunFile);
  return done ? RemoveAll(staging) : done;
}

// A results folder and its staging folder, as they are.
struct State {
  std::vector<std::string> names;
  std::vector<std::string> staged;
  std::string staging;

  [[nodiscard]] bool HasRecord() const { return Holds(names, kRunFile); }
  [[nodiscard]] bool HasStaging() const { return Holds(names, staging); }
  // A staging folder without a plan was killed as it began, or after its publication.
  [[nodiscard]] bool HoldsUnfinishedRun() const {
    return Holds(staged, kPlanFile) || Holds(staged, kRunFile);
  }
  [[nodiscard]] bool Extends() const { return Holds(staged, kExtendsFile); }
};

Result<State> Look(const Location& results, const std::string& staging) {
  Result<std::vector<std::string>> names = NamesIn(results);
  if (!names) return names.error();
  State state{*std::move(names), {}, staging};
  std::erase(state.names, kLockObject);
  if (!state.HasStaging()) return state;
  Result<std::vector<std::string>> staged = NamesIn(results / staging);
  if (!staged) return staged.error();
  state.staged = *std::move(staged);
  return state;
}

// The state after a publication that was interrupted is completed; nothing to complete is fine.
Result<State> LookAfterPublication(const Location& results, const std::string& staging) {
  Result<State> state = Look(results, staging);
  if (!state || !Holds(state->staged, kRunFile)) return state;
  Result<RunRecord> record = ReadRunFile(results / staging / kRunFile);
  if (!record) return record.error();
  if (Result<void> moved = MoveIntoPlace(results / staging, results, *record); !moved) return moved.error();
  return Look(results, staging);
}

Result<void> RefuseOtherRows(const RunRecord& plan, const Location& before) {
  Result<RunRecord> earlier = ReadRunFile(before);
  if (!earlier) return earlier.error();
  if (auto difference = DifferenceInRows(plan, *earlier)) return CannotResume(*difference);
  return {};
}

Result<void> RefuseNotEmpty(const Location& results, const State& state) {
  if (state.names.empty()) return {};
  const bool complete = state.HasRecord() && !state.HoldsUnfinishedRun();
  const char* advice = complete ? "holds results already: --resume adds new images, --overwrite replaces them"
                       : state.HasStaging()
                           ? "holds an unfinished run: --resume continues it, --overwrite begins anew"
                           : "is not empty and holds no Coulis results: choose another folder";
  return Error{ErrorCode::kAlreadyExists, results.Text() + " " + advice};
}

// Overwriting must not clear a folder that merely happens to hold a folder named features.
Result<void> RefuseForeignFolder(const Location& results, const State& state) {
  if (state.HasRecord() || state.HasStaging()) return {};
  return RefuseNotEmpty(results, state);
}

// What an unfinished run has staged would come back with --resume.
Result<void> RefuseUnfinished(const Location& results) {
  Result<State> state = Look(results, kEmbedStaging);
  if (!state) return state.error();
  if (!state->HoldsUnfinishedRun()) return {};
  return Error{ErrorCode::kInvalidArgument,
               results.Text() + " holds an unfinished run besides: end it with --resume first"};
}

Result<void> BeginStaging(const Location& staging, const RunRecord& plan, bool extends) {
  if (Result<void> removed = RemoveAll(staging); !removed) return removed;
  if (Result<void> made = MakeFolder(staging); !made) return made;
  if (extends) {
    if (Result<void> marked = WriteWhole(staging / kExtendsFile, ""); !marked) return marked;
  }
  return WriteWhole(staging / kPlanFile, ToJson(plan));
}

// Takes up what is there, or begins anew. True when the staged parts will be added to a complete result.
Result<bool> PrepareEmbed(const Location& results, ExistingResults existing, const RunRecord& plan) {
  const Location staging = results / kEmbedStaging;
  const bool refuse = existing == ExistingResults::kRefuse;
  Result<State> state = refuse ? Look(results, kEmbedStaging) : LookAfterPublication(results, kEmbedStaging);
  if (!state) return state.error();
  bool extends = false;
  Result<void> done;
  if (refuse) {
    done = RefuseNotEmpty(results, *state);
  } else if (existing == ExistingResults::kOverwrite) {
    done = RefuseForeignFolder(results, *state);
  } else if (state->HoldsUnfinishedRun()) {
    done = RefuseOtherRows(plan, staging / kPlanFile);
    if (!done) return done.error();
    return state->Extends();
  } else {
    extends = state->HasRecord();
    done = extends ? RefuseOtherRows(plan, results / kRunFile) : RefuseForeignFolder(results, *state);
  }
  if (done) done = BeginStaging(staging, plan, extends);
  if (!done) return done.error();
  return extends;
}

}  // namespace

Result<Staging> Staging::ForEmbed(const Location& results, ExistingResults existing, const RunRecord& plan,
                                  bool steal_lock) {
  if (Result<void> made = MakeFolder(results); !made) return made.error();
  Result<ResultsLock> lock = ResultsLock::Take(results, steal_lock);
  if (!lock) return lock.error();
  AbortUploads(results / kEmbedStaging);
  Result<bool> extends = PrepareEmbed(results, existing, plan);
  if (!extends) return extends.error();
  if (Result<void> is_signed = lock->Sign(results / kEmbedStaging); !is_signed) return is_signed.error();
  return Staging(*std::move(lock), results, results / kEmbedStaging, *extends, /*keeps_features=*/*extends);
}

Result<Staging> Staging::ForReduce(const Location& results, bool steal_lock) {
  return OfComplete(results, steal_lock, /*keeps_features=*/true);
}

Result<Staging> Staging::ForRewrite(const Location& results, bool steal_lock) {
  return OfComplete(results, steal_lock, /*keeps_features=*/false);
}

Result<Staging> Staging::OfComplete(const Location& results, bool steal_lock, bool keeps_features) {
  Result<ResultsLock> lock = ResultsLock::Take(results, steal_lock);
  if (!lock) return lock.error();
  const Location staging = results / kReduceStaging;
  AbortUploads(staging);
  if (Result<State> state = LookAfterPublication(results, kReduceStaging); !state) return state.error();
  if (Result<RunRecord> record = ReadRecordOf(results); !record) return record.error();
  if (!keeps_features) {
    if (Result<void> refused = RefuseUnfinished(results); !refused) return refused.error();
  }
  if (Result<void> removed = RemoveAll(staging); !removed) return removed.error();
  if (Result<void> made = MakeFolder(staging); !made) return made.error();
  if (Result<void> is_signed = lock->Sign(staging); !is_signed) return is_signed.error();
  return Staging(*std::move(lock), results, staging, /*extends=*/false, keeps_features);
}

Result<Location> Staging::Section(const char* section) const {
  if (Result<void> made = MakeFolder(folder_ / section); !made) return made.error();
  return folder_ / section;
}

Result<Location> Staging::NewSection(const char* section) const {
  if (Result<void> removed = RemoveAll(folder_ / section); !removed) return removed.error();
  return Section(section);
}

bool Staging::IsEmpty() const {
  const Result<std::vector<Location>> finished = PartFiles(folder_ / kFeatures);
  return finished && finished->empty();
}

Result<std::vector<Location>> Staging::NewFeatureParts() const {
  return PartFiles(folder_ / kFeatures);
}

Result<void> Staging::SetKeepsPca(bool keeps) const {
  return keeps ? WriteWhole(folder_ / kKeepsPcaFile, "") : RemoveFile(folder_ / kKeepsPcaFile);
}

void Staging::DropIfNothingWasFinished() const {
  if (!IsEmpty() || !CheckLock() || !RemoveAll(folder_) || results_.bucket() != nullptr) return;
  std::error_code not_empty;
  fs::remove(results_.path(), not_empty);
}

void Staging::Drop() const {
  // Without the lock the folder is another's.
  if (CheckLock()) (void)RemoveAll(folder_).ok();
}

std::vector<Location> Staging::MomentsFolders() const {
  std::vector<Location> folders = {folder_ / kMoments};
  if (keeps_features_) folders.push_back(results_ / kMoments);
  return folders;
}

Result<std::vector<Location>> Staging::FeatureParts() const {
  std::vector<Location> parts;
  if (keeps_features_) {
    Result<std::vector<Location>> kept = PartFiles(results_ / kFeatures);
    if (!kept) return kept;
    parts = *std::move(kept);
  }
  Result<std::vector<Location>> added = PartFiles(folder_ / kFeatures);
  if (!added) return added;
  parts.insert(parts.end(), added->begin(), added->end());
  return parts;
}

Result<void> Staging::Publish(const RunRecord& record) const {
  if (Result<void> held = lock_.Check(/*certain=*/true); !held) return held;
  if (Result<void> written = WriteWhole(folder_ / kRunFile, ToJson(record)); !written) return written;
  return MoveIntoPlace(folder_, results_, record);
}

Result<std::vector<Location>> PartFiles(const Location& folder) {
  Result<std::vector<std::string>> names = NamesIn(folder);
  if (!names) return names.error();
  std::vector<Location> parts;
  for (const std::string& name : *names) {
    if (name.ends_with(".parquet") && !name.starts_with('.')) parts.push_back(folder / name);
  }
  return parts;
}

Result<RunRecord> ReadRecordOf(const Location& results) {
  std::error_code ignored;
  const Error nothing{ErrorCode::kNotFound, "no results folder " + results.Text()};
  if (results.bucket() == nullptr && !fs::is_directory(results.path(), ignored)) return nothing;
  Result<std::vector<std::string>> names = NamesIn(results);
  if (!names) return names.error();
  if (Holds(*names, kRunFile)) return ReadRunFile(results / kRunFile);
  if (results.bucket() != nullptr && names->empty()) return nothing;
  if (Holds(*names, kEmbedStaging)) {
    return Error{ErrorCode::kNotFound,
                 results.Text() + " holds an unfinished run: continue it with --resume"};
  }
  if (Holds(*names, kReduceStaging)) {
    return Error{
        ErrorCode::kNotFound,
        results.Text() +
            " holds an unfinished reduction or deletion: run `coulis reduce` or `coulis forget` again"};
  }
  return Error{ErrorCode::kNotFound, results.Text() + " holds no Coulis results (no run.json)"};
}

Result<RunRecord> ReadRunRecord(const std::string& results, const StorageOptions& storage) {
  Result<Location> location = Storage(storage).Open(results);
  if (!location) return location.error();
  return ReadRecordOf(*location);
}

}  // namespace coulis
