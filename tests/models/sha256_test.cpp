#include "models/sha256.h"

#include <gtest/gtest.h>

#include "scratch_folder.h"

namespace coulis::models {
namespace {

// FIPS 180-4's examples.
const std::string kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string kOfAMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, MatchesThePublishedExamples) {
  EXPECT_EQ(*Sha256({}), kOfNothing);
  EXPECT_EQ(*Sha256(std::as_bytes(std::span(std::string_view("abc")))), kOfAbc);
}

TEST(Sha256, OfAFileIsThatOfItsContent) {
  const ScratchFolder folder;
  EXPECT_EQ(*Sha256OfFile(folder.Write("empty", "")), kOfNothing);
  EXPECT_EQ(*Sha256OfFile(folder.Write("abc", "abc")), kOfAbc);
  EXPECT_EQ(*Sha256OfFile(folder.Write("million", std::string(1'000'000, 'a'))), kOfAMillionA);
}

TEST(Sha256, MissingFileOrFolderIsAnError) {
  const ScratchFolder folder;
  EXPECT_EQ(Sha256OfFile(folder / "missing").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(Sha256OfFile(folder.path()));
}

}  // namespace
}  // namespace coulis::models
