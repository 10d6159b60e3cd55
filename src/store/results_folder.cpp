#include "store/results_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <system_error>

#include "base/durable_file.h"
#include "base/path_text.h"
#include "base/system_error.h"
#include "store/run_json.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEmbedStaging = ".incomplete";
constexpr const char* kReduceStaging = ".reducing";
constexpr const char* kPlanFile = "plan.json";
// Marks a staging folder whose parts are added to the result's instead of replacing them.
constexpr const char* kExtendsFile = "extends";

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

std::string Text(const fs::path& path) {
  return PathText(path.native());
}

// A file system that has no such locks goes without.
Result<FileDescriptor> Lock(const fs::path& results) {
  FileDescriptor folder(::open(results.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid() && ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Error{ErrorCode::kIo, "another run is at work in " + Text(results) +
                                     ": wait until it has ended, or choose another folder"};
  }
  return folder;
}

Result<bool> IsEmptyFolder(const fs::path& folder) {
  std::error_code problem;
  if (!fs::is_directory(folder, problem)) {
    return SystemError("results folder " + Text(folder), problem ? problem.value() : ENOTDIR);
  }
  const bool empty = fs::is_empty(folder, problem);
  if (problem) return SystemError("results folder " + Text(folder), problem.value());
  return empty;
}

// Adds the files of a staged folder to the one that is in place.
Result<void> MoveFiles(const fs::path& from, const fs::path& to) {
  Result<std::vector<fs::path>> parts = PartFiles(from);
  if (!parts) return parts.error();
  for (const fs::path& part : *parts) {
    if (Result<void> moved = RenameDurably(part, to / part.filename()); !moved) return moved;
  }
  return RemoveAll(from);
}

Result<void> ReplaceFolder(const fs::path& from, const fs::path& to) {
  if (Result<void> removed = RemoveAll(to); !removed) return removed;
  return RenameDurably(from, to);
}

// Whether what is in place stays when nothing was staged for it.
bool Stays(const std::string& section, const RunRecord& record, const fs::path& staging) {
  if (section == kFeatures) return true;
  if (section == kMoments) return !Exists(staging / kFeatures) || Exists(staging / kExtendsFile);
  return record.pca.has_value();
}

// Every step can be repeated, so a kill anywhere in here is mended by doing it all again.
Result<void> MoveIntoPlace(const fs::path& staging, const fs::path& results) {
  Result<RunRecord> record = ReadRunFile(staging / kRunFile);
  if (!record) return record.error();
  if (Result<void> removed = RemoveAll(results / kRunFile); !removed) return removed;
  // Moments before the features, by whose being staged they are judged.
  for (const char* section : {kMoments, kFeatures, kPca, kPcaModel}) {
    const fs::path staged = staging / section;
    const fs::path placed = results / section;
    Result<void> done;
    if (!Exists(staged)) {
      if (!Stays(section, *record, staging)) done = RemoveAll(placed);
    } else if (section == std::string(kFeatures) && Exists(staging / kExtendsFile)) {
      done = MoveFiles(staged, placed);
    } else {
      done = ReplaceFolder(staged, placed);
    }
    if (!done) return done;
  }
  // Without its plan, what a kill leaves of the staging folder is no unfinished run.
  if (Result<void> removed = RemoveAll(staging / kPlanFile); !removed) return removed;
  if (Result<void> renamed = RenameDurably(staging / kRunFile, results / kRunFile); !renamed) return renamed;
  return RemoveAll(staging);
}

// Completes a publication that was interrupted; nothing to do is fine.
Result<void> CompletePublication(const fs::path& staging, const fs::path& results) {
  if (!Exists(staging / kRunFile)) return {};
  return MoveIntoPlace(staging, results);
}

Result<void> RefuseOtherRows(const RunRecord& plan, const fs::path& before) {
  Result<RunRecord> earlier = ReadRunFile(before);
  if (!earlier) return earlier.error();
  if (auto difference = DifferenceInRows(plan, *earlier)) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot resume: " + *difference + ": use the same, or --overwrite to begin anew"};
  }
  return {};
}

// A staging folder without a plan was killed as it began, or after its publication.
bool HoldsUnfinishedRun(const fs::path& staging) {
  return Exists(staging / kPlanFile) || Exists(staging / kRunFile);
}

Result<void> RefuseNotEmpty(const fs::path& results, const fs::path& staging) {
  Result<bool> empty = IsEmptyFolder(results);
  if (!empty) return empty.error();
  if (*empty) return {};
  const bool complete = Exists(results / kRunFile) && !HoldsUnfinishedRun(staging);
  const char* advice = complete ? "holds results already: --resume adds new images, --overwrite replaces them"
                       : Exists(staging)
                           ? "holds an unfinished run: --resume continues it, --overwrite begins anew"
                           : "is not empty and holds no Coulis results: choose another folder";
  return Error{ErrorCode::kAlreadyExists, Text(results) + " " + advice};
}

// Overwriting must not clear a folder that merely happens to hold a folder named features.
Result<void> RefuseForeignFolder(const fs::path& results, const fs::path& staging) {
  if (Exists(results / kRunFile) || Exists(staging)) return {};
  return RefuseNotEmpty(results, staging);
}

Result<void> BeginStaging(const fs::path& staging, const RunRecord& plan, bool extends) {
  if (Result<void> removed = RemoveAll(staging); !removed) return removed;
  if (Result<void> made = MakeFolder(staging); !made) return made;
  if (extends) {
    if (Result<void> marked = WriteFileDurably(staging / kExtendsFile, ""); !marked) return marked;
  }
  return WriteFileDurably(staging / kPlanFile, ToJson(plan));
}

}  // namespace

Result<Staging> Staging::ForEmbed(const fs::path& results, ExistingResults existing, const RunRecord& plan) {
  if (Result<void> made = MakeFolder(results); !made) return made.error();
  Result<FileDescriptor> lock = Lock(results);
  if (!lock) return lock.error();
  const fs::path staging = results / kEmbedStaging;
  Result<void> done;
  bool extends = false;
  if (existing == ExistingResults::kRefuse) {
    done = RefuseNotEmpty(results, staging);
    if (done) done = BeginStaging(staging, plan, extends);
  } else {
    done = CompletePublication(staging, results);
    if (done && existing == ExistingResults::kOverwrite) {
      done = RefuseForeignFolder(results, staging);
      if (done) done = BeginStaging(staging, plan, extends);
    } else if (done && HoldsUnfinishedRun(staging)) {
      done = RefuseOtherRows(plan, staging / kPlanFile);
      extends = Exists(staging / kExtendsFile);
    } else if (done) {
      extends = Exists(results / kRunFile);
      done = extends ? RefuseOtherRows(plan, results / kRunFile) : RefuseForeignFolder(results, staging);
      if (done) done = BeginStaging(staging, plan, extends);
    }
  }
  if (!done) return done.error();
  return Staging(*std::move(lock), results, staging, extends, /*keeps_features=*/extends);
}

Result<Staging> Staging::ForReduce(const fs::path& results) {
  Result<FileDescriptor> lock = Lock(results);
  if (!lock) return lock.error();
  const fs::path staging = results / kReduceStaging;
  if (Result<void> done = CompletePublication(staging, results); !done) return done.error();
  if (Result<RunRecord> record = ReadRunRecord(results); !record) return record.error();
  if (Result<void> removed = RemoveAll(staging); !removed) return removed.error();
  if (Result<void> made = MakeFolder(staging); !made) return made.error();
  return Staging(*std::move(lock), results, staging, /*extends=*/false, /*keeps_features=*/true);
}

Result<fs::path> Staging::Section(const char* section) const {
  if (Result<void> made = MakeFolder(folder_ / section); !made) return made.error();
  return folder_ / section;
}

Result<fs::path> Staging::NewSection(const char* section) const {
  if (Result<void> removed = RemoveAll(folder_ / section); !removed) return removed.error();
  return Section(section);
}

bool Staging::IsEmpty() const {
  const Result<std::vector<fs::path>> finished = PartFiles(folder_ / kFeatures);
  return finished && finished->empty();
}

void Staging::DropIfNothingWasFinished() const {
  if (!IsEmpty() || !RemoveAll(folder_)) return;
  std::error_code not_empty;
  fs::remove(results_, not_empty);
}

std::vector<fs::path> Staging::MomentsFolders() const {
  std::vector<fs::path> folders = {folder_ / kMoments};
  if (keeps_features_) folders.push_back(results_ / kMoments);
  return folders;
}

Result<std::vector<fs::path>> Staging::FeatureParts() const {
  std::vector<fs::path> parts;
  if (keeps_features_) {
    Result<std::vector<fs::path>> kept = PartFiles(results_ / kFeatures);
    if (!kept) return kept;
    parts = *std::move(kept);
  }
  Result<std::vector<fs::path>> added = PartFiles(folder_ / kFeatures);
  if (!added) return added;
  parts.insert(parts.end(), added->begin(), added->end());
  return parts;
}

Result<void> Staging::Publish(const RunRecord& record) const {
  if (Result<void> written = WriteFileDurably(folder_ / kRunFile, ToJson(record)); !written) return written;
  return MoveIntoPlace(folder_, results_);
}

Result<std::vector<fs::path>> PartFiles(const fs::path& folder) {
  std::vector<fs::path> parts;
  if (!Exists(folder)) return parts;
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
    const fs::path& file = it->path();
    if (file.extension() == ".parquet" && !file.filename().string().starts_with('.')) parts.push_back(file);
  }
  if (problem) return SystemError("cannot list " + Text(folder), problem.value());
  std::sort(parts.begin(), parts.end());
  return parts;
}

Result<RunRecord> ReadRunRecord(const fs::path& results) {
  std::error_code ignored;
  if (!fs::is_directory(results, ignored)) {
    return Error{ErrorCode::kNotFound, "no results folder " + Text(results)};
  }
  if (Exists(results / kRunFile)) return ReadRunFile(results / kRunFile);
  if (Exists(results / kEmbedStaging)) {
    return Error{ErrorCode::kNotFound, Text(results) + " holds an unfinished run: continue it with --resume"};
  }
  if (Exists(results / kReduceStaging)) {
    return Error{ErrorCode::kNotFound,
                 Text(results) + " holds an unfinished reduction: run `coulis reduce` again"};
  }
  return Error{ErrorCode::kNotFound, Text(results) + " holds no Coulis results (no run.json)"};
}

}  // namespace coulis
