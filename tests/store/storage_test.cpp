#include "store/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/bucket_region.h"
#include "store/s3_errors.h"
#include "store/s3_requests.h"

namespace coulis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StorageNames, AnythingWithoutASchemeIsAPathOfThisMachine) {
  for (const char* text : {"photos", "/photos", "./s3:/x", "a/b://c", "s3:", "weird://"}) {
    const Result<Location> location = Storage().Open(text);
    if (std::string(text) == "weird://") {
      EXPECT_FALSE(location);
      continue;
    }
    ASSERT_TRUE(location) << text;
    EXPECT_EQ(location->bucket(), nullptr);
    EXPECT_EQ(location->Text(), text);
  }
}

TEST(StorageNames, BucketAndKeyAreToldApart) {
  const Result<S3Name> name = ParseS3("s3://fruits-eu/photos/2026/");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->bucket, "fruits-eu");
  EXPECT_EQ(name->key, "photos/2026");
  EXPECT_EQ(ParseS3("s3://fruits-eu")->key, "");
  EXPECT_EQ(ParseS3("s3://fruits-eu/")->key, "");
}

TEST(StorageNames, WhatIsNoBucketIsRefused) {
  for (const char* text :
       {"s3://", "s3:///key", "s3://a", "s3://bu cket/x", "s3://bucket//x", "s3://bucket/a//b"}) {
    const Result<Location> location = Storage().Open(text);
    ASSERT_FALSE(location) << text;
    EXPECT_EQ(location.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_THAT(Storage().Open("https://example.com/a").error().message, HasSubstr("s3://BUCKET"));
  EXPECT_THAT(Storage().Open("s3a://bucket/a").error().message, HasSubstr("s3://BUCKET"));
}

TEST(StorageNames, AUriWithKeysIsRefusedAndNotRepeated) {
  for (const std::string text :
       {"s3://AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI@bucket/x",
        "s3://bucket/x?access_key=a&secret_key=wJalrXUtnFEMI",
        "https://bucket.s3.amazonaws.com/x?X-Amz-Credential=AKIA&X-Amz-Signature=wJalrXUtnFEMI",
        "https://user:wJalrXUtnFEMI@example.com/x"}) {
    const Result<Location> location = Storage().Open(text);
    ASSERT_FALSE(location) << text;
    EXPECT_EQ(location.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(location.error().message, HasSubstr("AWS_PROFILE"));
    EXPECT_THAT(location.error().message, Not(HasSubstr("wJalr")));
    EXPECT_THAT(location.error().message, Not(HasSubstr("AKIA")));
  }
}

Result<std::string> Endpoint(const std::string& text) {
  StorageOptions options;
  options.endpoint = text;
  return EndpointOf(options);
}

TEST(StorageNames, TheEndpointIsAnAddressOnly) {
  EXPECT_EQ(*Endpoint("http://127.0.0.1:7070/"), "http://127.0.0.1:7070");
  EXPECT_EQ(*Endpoint("s3.example.com"), "https://s3.example.com");
  for (const char* wrong : {"ftp://x", "http://", "http://a/b", "http://key:secret@a"}) {
    EXPECT_FALSE(Endpoint(wrong)) << wrong;
  }
}

TEST(StorageNames, TheUrlOfABucketFitsItsCertificate) {
  EXPECT_EQ(BucketUrl("", "fruits", "eu-west-3"), "https://fruits.s3.eu-west-3.amazonaws.com");
  EXPECT_EQ(BucketUrl("", "fruits.eu", "eu-west-3"), "https://s3.eu-west-3.amazonaws.com/fruits.eu");
  EXPECT_EQ(BucketUrl("", "fruits", "cn-north-1"), "https://fruits.s3.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(BucketUrl("http://h:1", "fruits", "eu-west-3"), "http://h:1/fruits");
}

TEST(S3Keys, EncodingIsReversible) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  const std::string encoded = UrlEncoded(every, /*keep_slashes=*/false);
  EXPECT_EQ(UrlDecoded(encoded), every);
  EXPECT_EQ(encoded.find_first_of("/ +&=?"), std::string::npos);
  EXPECT_EQ(UrlEncoded("a b/c+d~é", /*keep_slashes=*/true), "a%20b/c%2Bd~%C3%A9");
  EXPECT_EQ(UrlDecoded("a+b%2Bc%"), "a b+c%");
}

TEST(S3Errors, CodesAreFoundHoweverTheyAreSpelt) {
  EXPECT_EQ(S3CodeIn("AWS Error ACCESS_DENIED during GetObject operation: Access Denied."), "AccessDenied");
  EXPECT_EQ(S3CodeIn("AWS Error UNKNOWN (HTTP status 400) during GetObject operation: Unable to parse "
                     "ExceptionName: ExpiredToken Message: The provided token has expired."),
            "ExpiredToken");
  EXPECT_EQ(S3CodeIn("AWS Error NO_SUCH_BUCKET during PutObject operation"), "NoSuchBucket");
  EXPECT_EQ(S3CodeIn("AWS Error UNKNOWN (HTTP status 404) during HeadObject operation"), "NotFound");
  EXPECT_EQ(S3CodeIn("something else"), "");
}

TEST(S3Errors, EachSaysWhatToDo) {
  EXPECT_EQ(S3Error("cannot read", "s3://b/k", "ExpiredToken", "x").code, ErrorCode::kIo);
  EXPECT_THAT(S3Error("cannot read", "s3://b/k", "ExpiredToken", "x").message,
              HasSubstr("cannot read s3://b/k: the credentials have expired: renew"));
  EXPECT_EQ(S3Error("cannot read", "s3://b/k", "NoSuchKey", "").code, ErrorCode::kNotFound);
  EXPECT_THAT(S3Error("cannot read", "s3://b", "Odd", "why").message, HasSubstr("Odd: why"));
}

TEST(S3Errors, NothingSecretIsRepeated) {
  const std::string text = Scrubbed(
      "The key AKIAIOSFODNN7EXAMPLE with Credential=ASIAIOSFODNN7EXAMPLE/2026, Signature=abc123, "
      "X-Amz-Security-Token: FwoGZXIvYXdzE, <AWSAccessKeyId>testkey</AWSAccessKeyId> failed\nsecond line");
  for (const char* secret : {"AKIAIOSF", "ASIAIOSF", "abc123", "FwoGZX", "testkey", "second line"}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(text, HasSubstr("failed"));
}

}  // namespace
}  // namespace coulis
