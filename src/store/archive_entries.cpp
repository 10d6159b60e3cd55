#include "store/archive_entries.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "store/arrow_reason.h"
#include "store/utf8_locale.h"

namespace coulis {
namespace {

// What is allocated ahead of the bytes: an entry's size is only what its archive says.
constexpr std::size_t kFirstBytes = std::size_t{1} << 20;

// "ZIP 2.0 (deflation)": methods beside the two that everybody writes may want memory as they please.
std::optional<std::string> OddZipMethod(const char* format) {
  const std::string_view name = format == nullptr ? "" : format;
  const std::size_t begin = name.find('(');
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view method = name.substr(begin + 1, name.find(')') - begin - 1);
  if (method == "uncompressed" || method == "deflation") return std::nullopt;
  return "is compressed by a method (" + std::string(method) + ") that is not read: pack it with deflate";
}

Error TooLarge(const std::string& size, std::int64_t max_bytes) {
  return {ErrorCode::kBadImage, "member has " + size + " bytes, more than the " + std::to_string(max_bytes) +
                                    " allowed (--max-bytes)"};
}

}  // namespace

struct ArchiveEntries::Callbacks {
  static int Fail(void* self, const arrow::Status& status) {
    static_cast<ArchiveEntries*>(self)->source_error_ = ArrowReason(status);
    return ARCHIVE_FATAL;
  }

  static la_ssize_t Read(archive* /*reader*/, void* self, const void** bytes) {
    ArchiveSource& source = *static_cast<ArchiveEntries*>(self)->source_;
    std::string_view next;
    const arrow::Status status = TryArrow([&]() -> arrow::Status { return source.Next().Value(&next); });
    if (!status.ok()) return Fail(self, status);
    *bytes = next.data();
    return static_cast<la_ssize_t>(next.size());
  }

  static la_int64_t Skip(archive* /*reader*/, void* self, la_int64_t count) {
    ArchiveSource& source = *static_cast<ArchiveEntries*>(self)->source_;
    std::int64_t skipped = 0;
    const arrow::Status status =
        TryArrow([&]() -> arrow::Status { return source.Skip(count).Value(&skipped); });
    return status.ok() ? skipped : Fail(self, status);
  }
};

ArchiveEntries::ArchiveEntries(ArchiveFormat format, std::unique_ptr<ArchiveSource> source)
    : format_(format), source_(std::move(source)), archive_(archive_read_new(), archive_read_free) {
  archive* const reader = archive_.get();
  if (reader == nullptr) {
    damage_ = "no memory";
    return;
  }
  if (format == ArchiveFormat::kTar) {
    archive_read_support_format_tar(reader);
  } else {
    archive_read_support_format_zip_streamable(reader);
  }
  if (archive_read_open2(reader, this, nullptr, &Callbacks::Read, &Callbacks::Skip, nullptr) != ARCHIVE_OK) {
    damage_ = Reason();
  }
}

ArchiveEntries::~ArchiveEntries() = default;

std::string ArchiveEntries::Reason() const {
  if (!source_error_.empty()) return source_error_;
  const char* text = archive_error_string(archive_.get());
  return text != nullptr ? text : "it is damaged";
}

std::optional<ArchiveEntry> ArchiveEntries::Next() {
  if (damage_ || !PassOverRest()) return std::nullopt;
  const Utf8Locale utf8;
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(archive_.get(), &entry);
  if (status == ARCHIVE_OK || status == ARCHIVE_WARN) return Describe(entry);
  if (status == ARCHIVE_EOF) {
    CheckEnd();
  } else {
    damage_ = Reason();
  }
  return std::nullopt;
}

ArchiveEntry ArchiveEntries::Describe(archive_entry* entry) const {
  ArchiveEntry found;
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) name = archive_entry_pathname_utf8(entry);
  if (name != nullptr) found.name = name;
  if (archive_entry_size_is_set(entry) != 0) found.size = archive_entry_size(entry);
  const auto type = archive_entry_filetype(entry);
  found.is_folder = type == AE_IFDIR;
  if (archive_entry_hardlink(entry) != nullptr || type == AE_IFLNK) {
    found.unreadable = "is a link to another file, which is not followed inside of a container";
  } else if (type != AE_IFREG && type != AE_IFDIR) {
    found.unreadable = "not a regular file";
  } else if (archive_entry_is_encrypted(entry) != 0) {
    found.unreadable = "is encrypted";
  } else if (format_ == ArchiveFormat::kZip && !found.is_folder) {
    found.unreadable = OddZipMethod(archive_format_name(archive_.get()));
  }
  return found;
}

Result<std::vector<std::byte>> ArchiveEntries::Read(const ArchiveEntry& entry, std::int64_t max_bytes) {
  if (entry.size > max_bytes) return TooLarge(std::to_string(entry.size), max_bytes);
  open_entry_ = entry.size < 0;
  std::vector<std::byte> bytes(
      std::min(entry.size < 0 ? kFirstBytes : static_cast<std::size_t>(entry.size) + 1, kFirstBytes));
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) bytes.resize(2 * bytes.size());
    const la_ssize_t got = archive_read_data(archive_.get(), bytes.data() + filled, bytes.size() - filled);
    if (got == 0) break;
    if (got < 0) {
      open_entry_ = false;
      if (got == ARCHIVE_FATAL) damage_ = Reason();
      return Error{ErrorCode::kBadImage, "member is damaged: " + Reason()};
    }
    filled += static_cast<std::size_t>(got);
    if (std::cmp_greater(filled, max_bytes)) return TooLarge("at least " + std::to_string(filled), max_bytes);
  }
  open_entry_ = false;
  bytes.resize(filled);
  return bytes;
}

// libarchive would unpack what is left of an entry of unknown size however much it is.
bool ArchiveEntries::PassOverRest() {
  if (!std::exchange(open_entry_, false)) return true;
  std::vector<std::byte> bytes(kFirstBytes);
  std::int64_t passed = 0;
  la_ssize_t got = 0;
  while ((got = archive_read_data(archive_.get(), bytes.data(), bytes.size())) > 0) {
    passed += got;
    if (passed > ArchiveSource::kFreeExpansion) {
      damage_ = "a member expands without end, as decompression bombs do";
      return false;
    }
  }
  if (got == ARCHIVE_FATAL) damage_ = Reason();
  return got != ARCHIVE_FATAL;
}

// libarchive takes a tar that ends with its last member for whole, but so ends one that was cut off there.
void ArchiveEntries::CheckEnd() {
  if (format_ == ArchiveFormat::kTar &&
      archive_filter_bytes(archive_.get(), 0) <= archive_read_header_position(archive_.get())) {
    damage_ = "the blocks that mark the end of a tar archive are missing";
  }
}

}  // namespace coulis
