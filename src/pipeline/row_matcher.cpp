#include "pipeline/row_matcher.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <queue>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/system_error.h"

namespace coulis {
namespace {

// Has no name any more when this returns: it is gone when it is closed.
Result<FileDescriptor> TemporaryFile() {
  std::error_code problem;
  std::string name = (std::filesystem::temp_directory_path(problem) / "coulis-rows-XXXXXX").string();
  if (problem) return SystemError("no folder for temporary files", problem.value());
  FileDescriptor file(::mkstemp(name.data()));
  if (!file.valid()) return SystemError("cannot make a temporary file " + name);
  ::unlink(name.c_str());
  return file;
}

Result<void> WriteAll(int file, const char* data, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t written = ::write(file, data, bytes);
    if (written < 0) return SystemError("cannot write a temporary file");
    data += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return {};
}

}  // namespace

// Reads a sorted run, from memory or from the file.
class RowMatcher::Run {
 public:
  explicit Run(std::vector<Entry> entries) : block_(std::move(entries)) {}
  Run(int file, std::size_t first, std::size_t length) : file_(file), next_(first), left_(length) {}

  // The entry at hand; null at the end.
  Result<const Entry*> Peek() {
    if (place_ == block_.size() && left_ > 0) {
      if (Result<void> read = ReadBlock(); !read) return read.error();
    }
    return place_ < block_.size() ? &block_[place_] : nullptr;
  }
  void Advance() { ++place_; }

 private:
  static constexpr std::size_t kBlock = 256;

  Result<void> ReadBlock() {
    block_.resize(std::min(kBlock, left_));
    const std::size_t bytes = block_.size() * sizeof(Entry);
    const ssize_t read = ::pread(file_, block_.data(), bytes, static_cast<off_t>(next_ * sizeof(Entry)));
    if (!std::cmp_equal(read, bytes))
      return SystemError("cannot read a temporary file", read < 0 ? errno : EIO);
    next_ += block_.size();
    left_ -= block_.size();
    place_ = 0;
    return {};
  }

  std::vector<Entry> block_;
  std::size_t place_ = 0;
  int file_ = -1;
  std::size_t next_ = 0;
  std::size_t left_ = 0;
};

// Gets all entries, sorted by path and kind: features before pca.
class RowMatcher::Matching {
 public:
  void Take(const Entry& entry) {
    if (!path_ || *path_ != entry.path) EndPath();
    path_ = entry.path;
    if (entry.kind == Kind::kPca) {
      TakePca(entry);
      return;
    }
    if (has_features_) ++found_.duplicates;
    if (!has_features_ && entry.kind == Kind::kGood) {
      awaits_pca_ = true;
      label_ = entry.label;
    }
    has_features_ = true;
  }

  RowMismatches End() {
    EndPath();
    return found_;
  }

 private:
  void TakePca(const Entry& entry) {
    if (!awaits_pca_) {
      ++found_.strangers;
      return;
    }
    if (label_ != entry.label) ++found_.other_labels;
    awaits_pca_ = false;
  }

  void EndPath() {
    if (awaits_pca_) ++found_.missing;
    awaits_pca_ = false;
    has_features_ = false;
  }

  RowMismatches found_;
  std::optional<std::uint64_t> path_;
  bool has_features_ = false;
  bool awaits_pca_ = false;
  std::uint32_t label_ = 0;  ///< Of the features, while their PCA row is awaited.
};

Result<void> RowMatcher::AddFeatures(const std::string& path, const std::optional<std::string>& label,
                                     bool good) {
  return Add(path, label, good ? Kind::kGood : Kind::kBad);
}

Result<void> RowMatcher::AddPca(const std::string& path, const std::optional<std::string>& label) {
  return Add(path, label, Kind::kPca);
}

Result<void> RowMatcher::Add(const std::string& path, const std::optional<std::string>& label, Kind kind) {
  const std::size_t label_hash = std::hash<std::optional<std::string>>()(label);
  entries_.push_back({std::hash<std::string>()(path), static_cast<std::uint32_t>(label_hash), kind});
  return entries_.size() == kMostInMemory ? Spill() : Result<void>();
}

namespace {

constexpr auto kInOrder = [](const auto& a, const auto& b) {
  return std::tie(a.path, a.kind) < std::tie(b.path, b.kind);
};

}  // namespace

Result<void> RowMatcher::Spill() {
  if (!file_.valid()) {
    Result<FileDescriptor> file = TemporaryFile();
    if (!file) return file.error();
    file_ = *std::move(file);
  }
  std::sort(entries_.begin(), entries_.end(), kInOrder);
  const auto* data = reinterpret_cast<const char*>(entries_.data());
  Result<void> written = WriteAll(file_.get(), data, entries_.size() * sizeof(Entry));
  run_lengths_.push_back(entries_.size());
  entries_.clear();
  return written;
}

Result<RowMismatches> RowMatcher::Finish() {
  std::vector<Run> runs;
  std::size_t first = 0;
  for (const std::size_t length : run_lengths_) {
    runs.emplace_back(file_.get(), first, length);
    first += length;
  }
  std::sort(entries_.begin(), entries_.end(), kInOrder);
  runs.emplace_back(std::move(entries_));

  using Head = std::pair<Entry, std::size_t>;  // a run's entry at hand, and which run's
  const auto later = [](const Head& a, const Head& b) { return kInOrder(b.first, a.first); };
  std::priority_queue<Head, std::vector<Head>, decltype(later)> heads(later);
  const auto push = [&](std::size_t run) -> Result<void> {
    Result<const Entry*> entry = runs[run].Peek();
    if (!entry) return entry.error();
    if (*entry != nullptr) heads.emplace(**entry, run);
    return {};
  };
  for (std::size_t run = 0; run < runs.size(); ++run) {
    if (Result<void> pushed = push(run); !pushed) return pushed.error();
  }
  Matching matching;
  while (!heads.empty()) {
    const auto [entry, run] = heads.top();
    heads.pop();
    matching.Take(entry);
    runs[run].Advance();
    if (Result<void> pushed = push(run); !pushed) return pushed.error();
  }
  return matching.End();
}

}  // namespace coulis
