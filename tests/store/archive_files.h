// Archives for tests to read, written by libarchive.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace coulis {

struct TestMember {
  std::string name;
  std::string content;
  std::string link;  // Not empty: a symbolic link to it.
};

enum class TestArchive { kTar, kTarGz, kZip };

/// The bytes of an archive with these members.
inline std::string MakeArchive(TestArchive kind, const std::vector<TestMember>& members) {
  std::string bytes(1 << 22, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  if (kind == TestArchive::kZip) {
    archive_write_set_format_zip(writer);
  } else {
    archive_write_set_format_pax_restricted(writer);
  }
  if (kind == TestArchive::kTarGz) archive_write_add_filter_gzip(writer);
  EXPECT_EQ(archive_write_open_memory(writer, bytes.data(), bytes.size(), &used), ARCHIVE_OK);
  for (const TestMember& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_filetype(entry, member.link.empty() ? AE_IFREG : AE_IFLNK);
    if (!member.link.empty()) archive_entry_set_symlink(entry, member.link.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
    EXPECT_LE(ARCHIVE_WARN, archive_write_header(writer, entry)) << archive_error_string(writer);
    archive_write_data(writer, member.content.data(), member.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

}  // namespace coulis
