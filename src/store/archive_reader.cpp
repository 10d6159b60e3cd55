#include "store/archive_reader.h"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "base/path_text.h"
#include "store/archive_entries.h"
#include "store/member_paths.h"
#include "store/sample.h"

namespace coulis {
namespace {

constexpr std::int64_t kMostLabelBytes = std::int64_t{1} << 16;
// Images of one sample that wait for its label.
constexpr std::int64_t kMostSampleBytes = std::int64_t{32} << 20;

class ArchiveReader : public Container {
 public:
  ArchiveReader(ArchiveFormat format, std::unique_ptr<ArchiveSource> source, ContainerNames names,
                ContainerOptions options)
      : packed_(IsPackedTar(source->head())),
        entries_(format, std::move(source)),
        names_(std::move(names)),
        options_(std::move(options)) {}

  std::optional<Member> Next() override {
    while (ready_.empty() && !ended_) Advance();
    if (ready_.empty()) return std::nullopt;
    Member member = std::move(ready_.front());
    ready_.pop_front();
    return member;
  }

 private:
  void Advance() {
    std::optional<ArchiveEntry> entry = entries_.Next();
    if (!entry) return End();
    if (entry->is_folder) return;
    std::string path = packed_ ? entry->name : TidyMemberPath(entry->name);
    if (!sample_.Has(path) || sample_.bytes() > kMostSampleBytes) {
      sample_.GiveOut(ready_);
      sample_.Begin(path);
    }
    if (const LabelFile kind = LabelFileOf(path); kind != LabelFile::kNone && !entry->unreadable) {
      ReadLabel(kind, path, *entry);
    } else if (!IsImage(path)) {
      ++ignored_;
    } else {
      Take(std::move(path), *entry);
    }
    if (entries_.damage()) End();
  }

  [[nodiscard]] bool IsImage(const std::string& path) const {
    if (packed_) return options_.patterns.TakesRow(path);
    return !IsHiddenMember(path) && (options_.patterns.TakesMember(path) || IsArchiveName(path));
  }

  void ReadLabel(LabelFile kind, const std::string& path, const ArchiveEntry& entry) {
    ++ignored_;
    const Result<std::vector<std::byte>> bytes = entries_.Read(entry, kMostLabelBytes);
    if (!bytes) return;
    sample_.AddLabel(kind, path, {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  }

  void Take(std::string path, const ArchiveEntry& entry) {
    const std::string key = (packed_ ? "" : names_.prefix) + PathText(path);
    const std::string unique = paths_.Unique(key);
    const Wish wish = options_.wish ? options_.wish(unique) : Wish::kTake;
    if (wish == Wish::kStop) {
      sample_.GiveOut(ready_);
      ended_ = true;
    }
    if (wish == Wish::kPass) ++images_;
    if (wish != Wish::kTake) return;
    Result<std::vector<std::byte>> bytes = Read(path, entry, unique != key);
    // A member in whose midst the archive ends is no row of its own: once the archive is whole it can be one.
    if (!bytes && entries_.damage()) {
      cut_off_ = path;
      return;
    }
    Member member{unique, PathText(FolderName(path).value_or(names_.label)), std::move(bytes)};
    sample_.AddImage(std::move(path), std::move(member));
    ++images_;
  }

  Result<std::vector<std::byte>> Read(const std::string& path, const ArchiveEntry& entry, bool again) {
    auto bad = [](std::string reason) { return Error{ErrorCode::kBadImage, std::move(reason)}; };
    if (again) return bad("a member of this path came before: the container holds it more than once");
    if (!packed_ && LeadsOut(entry.name)) return bad("the member's path leads out of the container");
    if (entry.unreadable) return bad("member " + *entry.unreadable);
    if (IsArchiveName(path)) {
      return bad("an archive inside of a container is not opened: unpack the outer one");
    }
    return entries_.Read(entry, options_.max_bytes);
  }

  void End() {
    sample_.GiveOut(ready_);
    if (!std::exchange(ended_, true) && entries_.damage()) {
      std::string message = "container is damaged or cut off after " + std::to_string(images_) + " images";
      if (!cut_off_.empty()) message += ", in the midst of " + PathText(cut_off_);
      ready_.push_back(
          {names_.own, names_.label, Error{ErrorCode::kBadImage, message + ": " + *entries_.damage()}});
    }
  }

  const bool packed_;
  ArchiveEntries entries_;
  ContainerNames names_;
  ContainerOptions options_;
  UniquePaths paths_;
  Sample sample_;
  std::deque<Member> ready_;
  std::int64_t images_ = 0;  // so far, those passed over by a wish among them
  std::string cut_off_;
  bool ended_ = false;
};

}  // namespace

bool IsPackedTar(std::string_view head) {
  constexpr std::size_t kTypeFlag = 156;
  constexpr std::size_t kHeader = 512;
  if (head.size() <= kHeader || head[kTypeFlag] != 'g') return false;
  return head.substr(kHeader).find(" comment=" + std::string(kPackedComment) + "\n") !=
         std::string_view::npos;
}

Result<std::unique_ptr<Container>> NewArchiveReader(ArchiveFormat format,
                                                    std::unique_ptr<ArchiveSource> source,
                                                    ContainerNames names, ContainerOptions options) {
  return std::unique_ptr<Container>(
      std::make_unique<ArchiveReader>(format, std::move(source), std::move(names), std::move(options)));
}

}  // namespace coulis
