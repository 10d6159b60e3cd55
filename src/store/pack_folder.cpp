#include "store/pack_folder.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "store/option_difference.h"

namespace coulis {
namespace {

constexpr const char* kPackFile = "pack.json";
constexpr const char* kStaging = ".packing";
constexpr const char* kPlanFile = "plan.json";
constexpr const char* kShard = "shard-";
constexpr std::int64_t kMostNoteBytes = std::int64_t{1} << 30;

std::string ShardName(std::size_t number, const std::string& extension) {
  char text[32];
  std::snprintf(text, sizeof(text), "%s%05zu.", kShard, number);
  return text + extension;
}

Error NotEmpty(const Location& out, const std::vector<std::string>& names) {
  const char* advice = Holds(names, kPackFile) ? "holds a packed set already: --overwrite packs anew"
                       : Holds(names, kStaging)
                           ? "holds an unfinished set: --resume continues it, --overwrite begins anew"
                           : "is not empty and holds no packed set: choose another folder";
  return {ErrorCode::kAlreadyExists, out.Text() + " " + advice};
}

}  // namespace

Result<PackFolder> PackFolder::Open(const Location& out, ExistingResults existing, bool steal_lock,
                                    const PackRecord& plan) {
  if (Result<void> made = MakeFolder(out); !made) return made.error();
  Result<ResultsLock> lock = ResultsLock::Take(out, steal_lock);
  if (!lock) return lock.error();
  PackFolder folder(*std::move(lock), out, plan.format);
  if (Result<void> prepared = folder.Prepare(existing, plan); !prepared) return prepared.error();
  if (Result<void> signed_in = folder.lock_.Sign(folder.Staging()); !signed_in) return signed_in.error();
  return folder;
}

Location PackFolder::Staging() const {
  return out_ / kStaging;
}

Result<void> PackFolder::Prepare(ExistingResults existing, const PackRecord& plan) {
  Result<std::vector<std::string>> names = NamesIn(out_);
  if (!names) return names.error();
  std::erase(*names, kLockObject);
  if (names->empty()) return Begin(plan);
  const bool is_whole = Holds(*names, kPackFile);
  const bool is_begun = Holds(*names, kStaging);
  if (existing == ExistingResults::kOverwrite && (is_whole || is_begun)) {
    if (Result<void> cleared = Clear(*names); !cleared) return cleared;
    return Begin(plan);
  }
  if (existing == ExistingResults::kResume && is_begun && !is_whole) return TakeUp(plan);
  return NotEmpty(out_, *names);
}

Result<void> PackFolder::Begin(const PackRecord& plan) {
  if (Result<void> made = MakeFolder(Staging()); !made) return made;
  return WriteWhole(Staging() / kPlanFile, ToJson(plan));
}

// pack.json first: what is left of a set must not seem whole.
Result<void> PackFolder::Clear(const std::vector<std::string>& names) const {
  if (Result<void> removed = RemoveFile(out_ / kPackFile); !removed) return removed;
  for (const std::string& name : names) {
    if (!name.starts_with(kShard)) continue;
    if (Result<void> removed = RemoveAll(out_ / name); !removed) return removed;
  }
  return RemoveAll(Staging());
}

Result<void> PackFolder::TakeUp(const PackRecord& plan) {
  Result<std::vector<std::string>> names = NamesIn(Staging());
  if (!names) return names.error();
  if (!Holds(*names, kPlanFile)) return Begin(plan);  // it was killed as it began
  Result<std::string> text = ReadText(Staging() / kPlanFile, kMostNoteBytes);
  if (!text) return text.error();
  Result<PackRecord> before = PackRecordFromJson(*text);
  if (!before) return before.error();
  if (auto difference = DifferenceInShards(plan, *before)) return CannotResume(*difference);
  while (Holds(*names, ShardName(shards_.size(), "json"))) {
    Result<std::string> noted = ReadText(Staging() / ShardName(shards_.size(), "json"), kMostNoteBytes);
    if (!noted) return noted.error();
    Result<ShardNote> note = ShardNoteFromJson(*noted);
    if (!note) return note.error();
    paths_.insert(note->paths.begin(), note->paths.end());
    shards_.push_back(std::move(note->shard));
  }
  return {};
}

Location PackFolder::NextShard() const {
  return out_ / ShardName(shards_.size(), extension_);
}

Result<void> PackFolder::Add(const ShardNote& note) {
  Result<void> noted = WriteWhole(Staging() / ShardName(shards_.size(), "json"), ToJson(note));
  if (noted) shards_.push_back(note.shard);
  return noted;
}

Result<void> PackFolder::Publish(const PackRecord& record) const {
  if (Result<void> held = lock_.Check(); !held) return held;
  if (Result<void> written = WriteWhole(out_ / kPackFile, ToJson(record)); !written) return written;
  return RemoveAll(Staging());
}

void PackFolder::DropIfNothingWasFinished() const {
  if (!shards_.empty() || !RemoveAll(Staging()) || out_.bucket() != nullptr) return;
  std::error_code not_empty;
  std::filesystem::remove(out_.path(), not_empty);
}

}  // namespace coulis
