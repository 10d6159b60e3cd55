#include "store/location.h"

#include <algorithm>

#include "base/durable_file.h"
#include "base/path_text.h"
#include "base/system_error.h"
#include "store/bucket.h"
#include "store/read_file.h"

namespace coulis {
namespace fs = std::filesystem;
namespace {

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

Result<std::vector<std::string>> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  if (!Exists(folder)) return names;
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
    names.push_back(it->path().filename().native());
  }
  if (problem) return SystemError("cannot list " + PathText(folder.native()), problem.value());
  return names;
}

}  // namespace

std::string Location::Text() const {
  const std::string path = PathText(path_.native());
  if (!bucket_) return path;
  return "s3://" + bucket_->name() + (path.empty() ? "" : "/" + path);
}

Location Location::operator/(const std::string& name) const {
  if (!bucket_) return WithPath(path_ / name);
  return WithPath(path_.empty() ? name : path_.native() + "/" + name);
}

Result<bool> FileExists(const Location& file) {
  if (file.bucket() == nullptr) return Exists(file.path());
  return file.bucket()->HasObject(file.path().native());
}

Result<bool> FolderExists(const Location& folder) {
  if (folder.bucket() == nullptr) return Exists(folder.path());
  return folder.bucket()->HasFolder(folder.path().native());
}

Result<std::vector<std::string>> NamesIn(const Location& folder) {
  Result<std::vector<std::string>> names =
      folder.bucket() == nullptr ? NamesIn(folder.path()) : folder.bucket()->NamesIn(folder.path().native());
  if (names) std::sort(names->begin(), names->end());
  return names;
}

bool Holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<std::int64_t> FileSize(const Location& file) {
  if (file.bucket() != nullptr) return file.bucket()->SizeOf(file.path().native());
  std::error_code problem;
  const std::uintmax_t bytes = fs::file_size(file.path(), problem);
  if (problem) return SystemError(file.Text(), problem.value());
  return static_cast<std::int64_t>(bytes);
}

Result<std::vector<std::byte>> ReadWhole(const Location& file, std::int64_t size, std::int64_t max_bytes) {
  if (file.bucket() == nullptr) return ReadFile(file.path().native(), max_bytes);
  if (size < 0) {
    Result<std::int64_t> found = file.bucket()->SizeOf(file.path().native());
    if (!found) return found.error();
    size = *found;
  }
  if (size > max_bytes) return TooManyBytes(size, max_bytes);
  return file.bucket()->Read(file.path().native(), size);
}

Result<std::string> ReadText(const Location& file, std::int64_t max_bytes) {
  Result<std::vector<std::byte>> bytes = ReadWhole(file, /*size=*/-1, max_bytes);
  if (!bytes) return WithContext(bytes.error(), file.Text());
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

Result<void> WriteWhole(const Location& file, std::string_view content) {
  if (file.bucket() == nullptr) return WriteFileDurably(file.path(), content);
  return file.bucket()->Write(file.path().native(), content);
}

Result<void> MakeFolder(const Location& folder) {
  return folder.bucket() == nullptr ? MakeFolder(folder.path()) : Result<void>();
}

Result<void> RemoveAll(const Location& location) {
  if (location.bucket() == nullptr) return RemoveAll(location.path());
  return location.bucket()->RemoveAll(location.path().native());
}

Result<void> RemoveFile(const Location& file) {
  if (file.bucket() == nullptr) return RemoveAll(file.path());
  return file.bucket()->Remove(file.path().native());
}

void AbortUploads(const Location& location) {
  if (location.bucket() != nullptr) location.bucket()->AbortUploads(location.path().native());
}

Result<void> MoveFile(const Location& from, const Location& to) {
  if (from.bucket() == nullptr) return RenameDurably(from.path(), to.path());
  if (Result<void> copied = from.bucket()->Copy(from.path().native(), to.path().native()); !copied)
    return copied;
  return from.bucket()->Remove(from.path().native());
}

}  // namespace coulis
