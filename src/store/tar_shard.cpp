#include "store/tar_shard.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/path_text.h"
#include "store/archive_reader.h"
#include "store/member_paths.h"
#include "store/sample.h"
#include "store/utf8_locale.h"

namespace coulis {
namespace {

constexpr std::size_t kBlock = 512;

// Fields of a ustar header (POSIX.1-2001, pax): offset and length.
struct HeaderField {
  std::size_t offset;
  std::size_t length;
};
constexpr HeaderField kName{0, 100};
constexpr HeaderField kMode{100, 8};
constexpr HeaderField kOwner{108, 8};
constexpr HeaderField kGroup{116, 8};
constexpr HeaderField kSize{124, 12};
constexpr HeaderField kTime{136, 12};
constexpr HeaderField kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr HeaderField kMagic{257, 8};

using Block = std::array<char, kBlock>;

void Put(Block& header, HeaderField field, std::string_view text) {
  std::memcpy(header.data() + field.offset, text.data(), std::min(text.size(), field.length));
}

void PutNumber(Block& header, HeaderField field, unsigned number) {
  char text[16];
  std::snprintf(text, sizeof(text), "%0*o", static_cast<int>(field.length) - 1, number);
  Put(header, field, text);
}

// "NN comment=TEXT\n", where NN is the length of the whole.
std::string CommentRecord() {
  const std::string rest = " comment=" + std::string(kPackedComment) + "\n";
  return std::to_string(rest.size() + 2) + rest;
}

// Two blocks: the header and its content.
std::string GlobalHeader() {
  using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace): literals only
  const std::string record = CommentRecord();
  Block header{};
  Put(header, kName, "pax_global_header");
  PutNumber(header, kMode, 0644);
  PutNumber(header, kOwner, 0);
  PutNumber(header, kGroup, 0);
  PutNumber(header, kSize, static_cast<unsigned>(record.size()));
  PutNumber(header, kTime, 0);
  header[kType] = 'g';
  Put(header, kMagic, "ustar\00000"sv);
  Put(header, kChecksum, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  PutNumber(header, {kChecksum.offset, kChecksum.length - 1}, sum);
  std::string blocks(header.begin(), header.end());
  blocks += record;
  blocks.resize(2 * kBlock, '\0');
  return blocks;
}

}  // namespace

TarShard::TarShard(std::shared_ptr<arrow::io::OutputStream> stream)
    : stream_(std::move(stream)), archive_(archive_write_new(), archive_write_free) {}

TarShard::~TarShard() {
  // Freeing an archive that was not closed would write its end.
  if (archive_) archive_write_fail(archive_.get());
}

arrow::Status TarShard::Open() {
  if (!archive_) return arrow::Status::OutOfMemory("no memory for an archive");
  ARROW_RETURN_NOT_OK(stream_->Write(GlobalHeader()));
  archive_write_set_format_pax_restricted(archive_.get());
  archive_write_set_bytes_in_last_block(archive_.get(), 1);
  const auto write = [](archive*, void* self, const void* bytes, std::size_t count) -> la_ssize_t {
    auto& shard = *static_cast<TarShard*>(self);
    shard.written_ = shard.stream_->Write(bytes, static_cast<std::int64_t>(count));
    return shard.written_.ok() ? static_cast<la_ssize_t>(count) : ARCHIVE_FATAL;
  };
  const int opened = archive_write_open2(archive_.get(), this, nullptr, write, nullptr, nullptr);
  return opened == ARCHIVE_OK ? arrow::Status::OK() : Problem();
}

arrow::Status TarShard::Problem() const {
  if (!written_.ok()) return written_;
  const char* text = archive_error_string(archive_.get());
  return arrow::Status::IOError(text != nullptr ? text : "libarchive failed");
}

arrow::Status TarShard::Add(const std::string& path, const std::string& label,
                            std::span<const std::byte> image) {
  const std::string name = PathBytes(path);
  const std::optional<std::string> folder = FolderName(name);
  // Another image of the sample would take the label of the one before.
  const std::string sample(SampleKey(name));
  if (!folder || PathText(*folder) != label || sample == last_labelled_) {
    ARROW_RETURN_NOT_OK(
        AddMember(std::string(WithoutExtension(name)) + ".cls", std::as_bytes(std::span(label))));
    last_labelled_ = sample;
  }
  return AddMember(name, image);
}

arrow::Status TarShard::AddMember(const std::string& name, std::span<const std::byte> content) {
  const Utf8Locale utf8;
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  if (!entry) return arrow::Status::OutOfMemory("no memory for an archive");
  archive_entry_copy_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  // A warning: the name is not UTF-8, and is written as it is.
  if (archive_write_header(archive_.get(), entry.get()) < ARCHIVE_WARN) return Problem();
  while (!content.empty()) {
    const la_ssize_t written = archive_write_data(archive_.get(), content.data(), content.size());
    if (written <= 0) return Problem();
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return arrow::Status::OK();
}

arrow::Status TarShard::Close() {
  return archive_write_close(archive_.get()) == ARCHIVE_OK ? arrow::Status::OK() : Problem();
}

}  // namespace coulis
