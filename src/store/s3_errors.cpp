#include "store/s3_errors.h"

#include <algorithm>
#include <array>
#include <regex>

namespace coulis {
namespace {

struct Known {
  const char* code;
  const char* sdk;  // as the AWS SDK's own names spell it; null: as the code
  ErrorCode kind;
  const char* text;
};

constexpr const char* kExpired =
    "the credentials have expired: renew them (aws sso login, or new temporary keys) and go on";
constexpr const char* kOtherRegion =
    "the bucket is in another region than --s3-region says: leave it away, or give the bucket's";
constexpr const char* kThrottled =
    "the store asks for fewer requests, after all retries too: use fewer --io-threads, or try later";

constexpr std::array<Known, 25> kKnown = {{
    {"NoSuchBucket", "NO_SUCH_BUCKET", ErrorCode::kNotFound,
     "the bucket does not exist: check its name, and --s3-endpoint"},
    {"NoSuchKey", "NO_SUCH_KEY", ErrorCode::kNotFound, "there is no such object"},
    {"NotFound", "RESOURCE_NOT_FOUND", ErrorCode::kNotFound, "there is no such object"},
    {"ExpiredToken", nullptr, ErrorCode::kIo, kExpired},
    {"TokenRefreshRequired", nullptr, ErrorCode::kIo, kExpired},
    {"RequestExpired", "REQUEST_EXPIRED", ErrorCode::kIo, kExpired},
    {"InvalidToken", nullptr, ErrorCode::kIo,
     "the session token is not valid: renew the credentials, or remove AWS_SESSION_TOKEN if they need none"},
    {"InvalidAccessKeyId", "INVALID_ACCESS_KEY_ID", ErrorCode::kIo,
     "the store does not know the access key: check the credentials (environment, profile) and "
     "--s3-endpoint"},
    // versitygw's own name for it.
    {"XAdminUserNotFound", nullptr, ErrorCode::kIo,
     "the store does not know the access key: check the credentials (environment, profile) and "
     "--s3-endpoint"},
    {"SignatureDoesNotMatch", "SIGNATURE_DOES_NOT_MATCH", ErrorCode::kIo,
     "the secret key does not fit the access key: check the credentials (environment, profile)"},
    {"RequestTimeTooSkewed", "REQUEST_TIME_TOO_SKEWED", ErrorCode::kIo,
     "this machine's clock is wrong: set it and try again"},
    {"InvalidObjectState", "INVALID_OBJECT_STATE", ErrorCode::kBadImage,
     "the object is archived: restore it first"},
    {"PermanentRedirect", nullptr, ErrorCode::kIo, kOtherRegion},
    {"AuthorizationHeaderMalformed", nullptr, ErrorCode::kIo, kOtherRegion},
    {"IncorrectEndpoint", nullptr, ErrorCode::kIo, kOtherRegion},
    {"HTTP status 301", nullptr, ErrorCode::kIo, kOtherRegion},
    {"SlowDown", "SLOW_DOWN", ErrorCode::kIo, kThrottled},
    {"Throttling", "THROTTLING", ErrorCode::kIo, kThrottled},
    {"InternalError", "INTERNAL_FAILURE", ErrorCode::kIo,
     "the store failed, after all retries too: try later"},
    {"ServiceUnavailable", "SERVICE_UNAVAILABLE", ErrorCode::kIo,
     "the store does not answer, after all retries too: try later"},
    {"NetworkConnection", "NETWORK_CONNECTION", ErrorCode::kIo,
     "no connection to the store, or it broke, after all retries too: check the network and --s3-endpoint"},
    {"PreconditionFailed", nullptr, ErrorCode::kAlreadyExists, "somebody else wrote it meanwhile"},
    {"QuotaExceeded", nullptr, ErrorCode::kIo, "the store is full: make room, then go on with --resume"},
    {"NoCredentials", nullptr, ErrorCode::kIo,
     "no credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give "
     "the "
     "machine a role; --s3-anonymous reads public buckets"},
    // Last: "Access Denied" is also part of what other errors say.
    {"AccessDenied", "ACCESS_DENIED", ErrorCode::kIo,
     "access denied: the credentials may not do this; check the policies of the bucket and of the role"},
}};

}  // namespace

std::string S3CodeIn(const std::string& message) {
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
    return message.find(known.code) != std::string::npos ||
           (known.sdk != nullptr && message.find(known.sdk) != std::string::npos);
  });
  if (found != kKnown.end()) return found->code;
  if (message.find("HTTP status 404") != std::string::npos) return std::string(S3CodeOf(404));
  if (message.find("HTTP status 403") != std::string::npos) return std::string(S3CodeOf(403));
  return "";
}

std::string_view S3CodeOf(long http_status) {
  switch (http_status) {
    case 301:
      return "PermanentRedirect";
    case 403:
      return "AccessDenied";
    case 404:
      return "NotFound";
    case 412:
      return "PreconditionFailed";
    case 429:
    case 503:
      return "SlowDown";
    case 500:
      return "InternalError";
    default:
      return "";
  }
}

Error S3Error(const std::string& what, const std::string& where, const std::string& code,
              const std::string& detail) {
  const std::string subject = what.empty() ? "" : what + (where.empty() ? "" : " " + where) + ": ";
  const auto known =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) { return code == k.code; });
  if (known != kKnown.end()) return {known->kind, subject + known->text};
  return {ErrorCode::kIo, subject + (code.empty() ? "" : code + ": ") + Scrubbed(detail)};
}

std::string Scrubbed(std::string text) {
  static const std::regex kKeys(R"(\b(AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{12,})");
  static const std::regex kNamed(
      R"(((Signature|Credential|AccessKeyId|access_key|secret_key|session_token|Security-Token|StringToSign)[^=:>\s]{0,16}(?:[=:]\s*|>))[^\s&<,;]+)",
      std::regex::icase);
  text = text.substr(0, text.find('\n'));
  text = std::regex_replace(text, kKeys, "***");
  return std::regex_replace(text, kNamed, "$1***");
}

}  // namespace coulis
